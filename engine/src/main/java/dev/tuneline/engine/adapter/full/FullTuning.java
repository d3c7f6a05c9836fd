package dev.tuneline.engine.adapter.full;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.DropoutMasks;
import dev.tuneline.engine.adapter.ModelFolder;
import dev.tuneline.engine.adapter.TrainableCount;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * All weights of a base model, trained in place: the model belongs to this job alone. Tied matrices
 * count once.
 */
public final class FullTuning implements Tunable {
  private final BaseModel base;

  /**
   * Makes every weight of {@code base} trainable.
   *
   * @throws Problem UNSUPPORTED_PRECISION unless it is held in fp32
   */
  public FullTuning(BaseModel base) {
    if (base.precision() != Precision.FP32) {
      throw Problem.caller(
              "UNSUPPORTED_PRECISION",
              "weights held in %s cannot be trained".formatted(base.precision().label()))
          .at(Problem.FIELD, "precision")
          .mend("use precision fp32 with method full");
    }
    this.base = base;
    base.weights().all().values().forEach(w -> w.setRequiresGradient(true));
  }

  @Override
  public String method() {
    return "full";
  }

  @Override
  public ObjectNode options() {
    return JsonNodeFactory.instance.objectNode();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    return base.weights().all();
  }

  @Override
  public TrainableCount count() {
    return new TrainableCount(base.parameterCount(), base.parameterCount());
  }

  /** The rule of Hugging Face's Trainer: biases and norms (the vectors) are exempt. */
  @Override
  public boolean decays(String parameter) {
    return base.weights().get(parameter).getShape().dimension() > 1;
  }

  @Override
  public @Nullable Adaptation adaptation(DropoutMasks masks) {
    return null;
  }

  @Override
  public @Nullable Adaptation adaptation() {
    return null;
  }

  /** Writes a complete Hugging Face model folder. */
  @Override
  public void save(Path folder) {
    ModelFolder.write(base, Map.of(), folder);
  }

  @Override
  public void close() {
    base.weights().all().values().forEach(w -> w.setRequiresGradient(false));
  }
}
