package dev.tuneline.datasets.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.tuneline.errors.Problem;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Builds a dataset by a recipe: the same recipe, seed and files give the same bytes. Memory is
 * bounded by the recipe's lists and tables; what is as long as the data lies in files.
 */
final class DatasetBuild {
  private static final String REJECTIONS = ".rejections.jsonl";
  private static final String REPORT = ".report.json";
  private static final String TASKS = ".tasks.jsonl";

  private final BuildRecipe recipe;
  private final Path out;
  private final Map<String, Account> accounts = new LinkedHashMap<>();

  /**
   * @param out where the examples go as JSON Lines; beside it, under its name with {@code
   *     .rejections.jsonl} and {@code .report.json}, what was not kept and the account, and with a
   *     source's name and {@code .tasks.jsonl} what its model wrote
   */
  DatasetBuild(BuildRecipe recipe, Path out) {
    this.recipe = recipe;
    this.out = out;
  }

  /** The account of each source, by its name. */
  Map<String, Account> accounts() {
    return accounts;
  }

  /** The file of what was not kept. */
  Path rejectionsFile() {
    return beside(REJECTIONS);
  }

  /**
   * Builds. The output files appear when they are complete.
   *
   * @throws Problem NO_EXAMPLES when nothing is left, with the account written all the same; or
   *     what is wrong with a source
   */
  void run() {
    Path folder = null;
    try {
      folder = Files.createTempDirectory(SourceRecipe.folder(out), ".tuneline-build-");
      Path rejected = folder.resolve("rejections");
      Path examples = folder.resolve("examples");
      try (Rejections rejections = new Rejections(rejected)) {
        build(folder, examples, rejections);
      }
      Account all = new Account();
      accounts.values().forEach(all::add);
      if (!all.closes()) {
        throw new IllegalStateException("the account does not close");
      }
      Path report = folder.resolve("report");
      try (JsonGenerator json =
          new JsonFactory().createGenerator(Files.newBufferedWriter(report))) {
        json.setPrettyPrinter(new DefaultPrettyPrinter());
        writeReport(all, json);
      }
      move(rejected, rejectionsFile());
      move(report, beside(REPORT));
      if (all.examplesWritten() == 0) {
        throw Problem.caller("NO_EXAMPLES", "no example is left of the recipe's sources")
            .at(Problem.FILE, recipe.file())
            .mend("see " + rejectionsFile() + " for the reasons");
      }
      move(examples, out);
    } catch (IOException e) {
      throw Problem.caller("FILE_UNWRITABLE", "the dataset cannot be written: " + e.getMessage())
          .at(Problem.FILE, out)
          .causedBy(e);
    } finally {
      delete(folder);
    }
  }

  /** Writes what became of every row and example, for each source and in sum. */
  private void writeReport(Account all, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("recipe", String.valueOf(recipe.file().getFileName()));
    json.writeNumberField("seed", recipe.seed());
    json.writeArrayFieldStart("sources");
    for (Map.Entry<String, Account> account : accounts.entrySet()) {
      json.writeStartObject();
      json.writeStringField("name", account.getKey());
      account.getValue().write(json);
      json.writeEndObject();
    }
    json.writeEndArray();
    all.write(json);
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private void build(Path folder, Path examples, Rejections rejections) throws IOException {
    List<Spool> spools = new ArrayList<>();
    try (Firsts firsts = new Firsts(folder)) {
      long number = 0;
      for (SourceRecipe source : recipe.sources()) {
        Account account = new Account();
        accounts.put(source.name(), account);
        Spool spool = new Spool(folder);
        spools.add(spool);
        long offset = number;
        new SourceBuild(
                source,
                Hashes.seed(recipe.seed(), source.name()),
                folder,
                beside("." + source.name().replaceAll("[^\\p{L}\\p{N}_-]", "_") + TASKS),
                account,
                rejections,
                example -> {
                  if (recipe.dropDuplicates()) {
                    firsts.add(SourceBuild.identity(example), 0, offset + spool.count());
                  }
                  spool.add(example);
                })
            .run();
        number += spool.count();
      }
      BitSet kept = recipe.dropDuplicates() ? firsts.winners() : null;
      List<Taking.Supply> supplies = new ArrayList<>();
      int offset = 0;
      for (int i = 0; i < spools.size(); i++) {
        SourceRecipe source = recipe.sources().get(i);
        Account account = requireNonNull(accounts.get(source.name()));
        supplies.add(new Taking.Supply(source, spools.get(i), kept, offset, account));
        offset += (int) spools.get(i).count();
      }
      mix(supplies, examples, rejections);
    } finally {
      for (Spool spool : spools) {
        spool.close();
      }
    }
  }

  private void mix(List<Taking.Supply> supplies, Path examples, Rejections rejections)
      throws IOException {
    long[] shares =
        Shares.of(
            supplies.stream().map(Taking.Supply::available).toList(),
            supplies.stream().map(supply -> supply.source().weight()).toList(),
            recipe.examples());
    List<Taking> takings = new ArrayList<>();
    try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(examples))) {
      for (int i = 0; i < shares.length; i++) {
        Taking.Supply supply = supplies.get(i);
        Random random = new Random(Hashes.seed(recipe.seed(), "sample " + supply.source().name()));
        takings.add(new Taking(supply, shares[i], random, rejections));
      }
      if (recipe.order() == BuildRecipe.Order.INTERLEAVED) {
        interleave(takings, file);
      }
      for (Taking taking : takings) {
        for (String line = taking.next(); line != null; line = taking.next()) {
          file.write(line.getBytes(UTF_8));
        }
      }
    } finally {
      for (Taking taking : takings) {
        taking.close();
      }
    }
  }

  private void interleave(List<Taking> takings, OutputStream file) throws IOException {
    Random random = new Random(Hashes.seed(recipe.seed(), "order"));
    long left = takings.stream().mapToLong(Taking::left).sum();
    for (; left > 0; left--) {
      long drawn = random.nextLong(left);
      for (Taking taking : takings) {
        drawn -= taking.left();
        if (drawn < 0) {
          file.write(requireNonNull(taking.next()).getBytes(UTF_8));
          break;
        }
      }
    }
  }

  private Path beside(String ending) {
    return out.resolveSibling(out.getFileName() + ending);
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void delete(@Nullable Path folder) {
    if (folder == null) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
