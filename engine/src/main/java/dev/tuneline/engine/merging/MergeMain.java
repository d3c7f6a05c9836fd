package dev.tuneline.engine.merging;

import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * The command {@code tuneline merge BASE ADAPTER OUT}: writes the model in BASE with the adapter in
 * ADAPTER merged into its weights as a complete Hugging Face folder OUT, which must not exist. Exit
 * codes: 0 done, 1 not, 2 wrong usage.
 */
public final class MergeMain {
  private MergeMain() {}

  /** Merges and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(System.out, System.err, args));
  }

  static int run(PrintStream out, PrintStream err, String... args) {
    if (args.length != 3) {
      err.println("usage: tuneline merge BASE ADAPTER OUT");
      return 2;
    }
    try {
      merge(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), out);
      return 0;
    } catch (Problem problem) {
      err.println("error: " + problem.describe());
      return 1;
    }
  }

  /** OUT is complete under its name or not there at all. */
  private static void merge(Path base, Path adapter, Path target, PrintStream out) {
    if (Files.exists(target)) {
      throw Problem.caller("FOLDER_EXISTS", "there is something at " + target + " already")
          .at(Problem.FILE, target)
          .mend("name a folder that is not there yet");
    }
    Path part = target.toAbsolutePath().resolveSibling("." + target.getFileName() + ".part");
    try (BaseModel model = BaseModel.load(base);
        Adapter loaded = Methods.load(adapter, model)) {
      delete(part);
      Files.createDirectories(part);
      loaded.saveMerged(part);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      out.printf(
          "%s over %s: %,d values merged into %s%n",
          loaded.method(), model.modelType(), loaded.parameterCount(), target);
    } catch (IOException e) {
      throw Problem.ours("UNWRITABLE_FILE", "cannot write: " + e.getMessage(), e)
          .at(Problem.FILE, target);
    } finally {
      deleteQuietly(part);
    }
  }

  private static void deleteQuietly(Path folder) {
    try {
      delete(folder);
    } catch (IOException e) {
      folder.toFile().deleteOnExit();
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return;
    }
    try (Stream<Path> entries = Files.walk(folder)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    }
  }
}
