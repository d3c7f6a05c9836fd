package dev.tuneline.engine.checkpoint;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Parameters;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A folder from which another process continues a job, bit-identically on the same kind of CPU.
 *
 * <p>It holds {@code state.json} (see {@link CheckpointState}) and {@code trainer.safetensors}: the
 * parameters, the optimizer's moments and what else the method needs to go on; and {@code tuned/},
 * which is what the method saves: a usable adapter or model folder. A folder is complete under its
 * name or not there at all.
 */
public record Checkpoint(Path folder, CheckpointState state) {
  private static final String STATE = "state.json";
  private static final String TRAINER = "trainer.safetensors";
  private static final String TUNED = "tuned";

  /** Files that no checkpoint of another owner equals; of {@code tuned/} one may. */
  public static final Set<String> OWN_FILES = Set.of(STATE, TRAINER);

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Writes a checkpoint that belongs to nobody. */
  public static Checkpoint write(Trainer trainer, Path folder) {
    return write(trainer, folder, "");
  }

  /**
   * Writes {@code trainer}'s state between two steps; {@code folder} must not exist.
   *
   * @param owner a name that goes into {@link #OWN_FILES}
   */
  public static Checkpoint write(Trainer trainer, Path folder, String owner) {
    CheckpointState state = CheckpointState.of(trainer, owner);
    Path target = folder.toAbsolutePath();
    Path part = target.resolveSibling("." + target.getFileName() + ".part");
    try {
      delete(part);
      Files.createDirectories(part.resolve(TUNED));
      trainer.tunable().save(part.resolve(TUNED));
      Parameters.write(part.resolve(TRAINER), tensors(trainer), Map.of("owner", owner));
      JSON.writerWithDefaultPrettyPrinter().writeValue(part.resolve(STATE).toFile(), state);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      return new Checkpoint(folder, state);
    } catch (IOException e) {
      throw Problem.ours("UNWRITABLE_FILE", "cannot write: " + e.getMessage(), e)
          .at(Problem.FILE, folder);
    }
  }

  /**
   * Reads a checkpoint's state.
   *
   * @throws Problem MALFORMED_CHECKPOINT if it is not one
   */
  public static Checkpoint read(Path folder) {
    Path file = folder.resolve(STATE);
    try {
      return new Checkpoint(folder, JSON.readValue(file.toFile(), CheckpointState.class));
    } catch (IOException e) {
      throw Problem.caller("MALFORMED_CHECKPOINT", "there is no readable " + STATE)
          .at(Problem.FILE, file)
          .causedBy(e);
    }
  }

  /** The saved adapter or model folder. */
  public Path tuned() {
    return folder.resolve(TUNED);
  }

  /**
   * A trainer that continues where the checkpoint was written.
   *
   * <p>The caller closes it and then its {@link Trainer#tunable}.
   *
   * @throws Problem CHECKPOINT_MISMATCH if base model or examples are not those of the job
   */
  public Trainer resume(BaseModel base, List<TrainingExample> examples) {
    require("base model", state.baseDigest(), CheckpointState.base(base));
    require("examples", state.examplesDigest(), CheckpointState.digest(examples));
    Tunable tunable = Methods.start(state.method(), state.options(), base, state.spec().seed());
    @Nullable Trainer trainer = null;
    try {
      trainer = new Trainer(base, tunable, examples, state.spec());
      restore(trainer);
      return trainer;
    } catch (RuntimeException e) {
      if (trainer != null) {
        trainer.close();
      }
      tunable.close();
      throw e;
    }
  }

  /** Takes the trainer of the same job back to where the checkpoint was written. */
  public void restore(Trainer trainer) {
    Parameters.read(folder.resolve(TRAINER), tensors(trainer));
    trainer.continueAfter(state.step(), state.course());
  }

  private static Map<String, PtNDArray> tensors(Trainer trainer) {
    Map<String, PtNDArray> tensors = new LinkedHashMap<>();
    trainer
        .tunable()
        .parameters()
        .forEach((name, array) -> tensors.put("parameter." + name, array));
    trainer.tunable().state().forEach((name, array) -> tensors.put("state." + name, array));
    trainer.moments().forEach((name, array) -> tensors.put("moment." + name, array));
    return tensors;
  }

  private void require(String what, String expected, String actual) {
    if (!expected.equals(actual)) {
      throw Problem.caller(
              "CHECKPOINT_MISMATCH",
              "the checkpoint belongs to another %s: %s, not %s".formatted(what, expected, actual))
          .at(Problem.FILE, folder)
          .mend("resume with the job's own " + what);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(Objects.requireNonNull(directory));
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
