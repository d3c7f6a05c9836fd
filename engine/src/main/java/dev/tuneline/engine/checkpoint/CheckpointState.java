package dev.tuneline.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.training.Course;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.TrainingSpec;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * Everything of a job between two steps that is not a tensor.
 *
 * <p>Data order, dropout and schedule are functions of spec and step, so these two are the random
 * state and the position in the data too.
 *
 * @param owner whose job it is; empty for nobody's
 * @param step optimizer steps done
 * @param course what else follows from those steps
 * @param method the method's name
 * @param options its complete options
 * @param baseDigest the base model as loaded, before training, with its precision
 * @param examplesDigest ids and labels of all examples in order
 */
public record CheckpointState(
    String owner,
    int step,
    Course course,
    String method,
    JsonNode options,
    TrainingSpec spec,
    String baseDigest,
    String examplesDigest) {

  static CheckpointState of(Trainer trainer, String owner) {
    return new CheckpointState(
        owner,
        trainer.step(),
        trainer.course(),
        trainer.tunable().method(),
        trainer.tunable().options(),
        trainer.spec(),
        base(trainer.base()),
        digest(trainer.examples()));
  }

  /** What the base model computes with: its digest, and how it is held unless that is fp32. */
  static String base(BaseModel base) {
    return base.precision() == Precision.FP32
        ? base.digest()
        : base.digest() + " in " + base.precision().label();
  }

  static String digest(List<TrainingExample> examples) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (TrainingExample example : examples) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (1 + 2 * example.length()));
        bytes.putInt(example.length());
        for (int id : example.ids()) {
          bytes.putInt(id);
        }
        for (int label : example.labels()) {
          bytes.putInt(label);
        }
        sha256.update(bytes.flip());
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
