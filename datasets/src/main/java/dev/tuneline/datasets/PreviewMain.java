package dev.tuneline.datasets;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.tuneline.engine.chat.ExampleView;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.tables.TableFile;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command {@code tuneline dataset preview}. Exit codes: 0 rows were shown, 1 none of them is
 * there or the file cannot be read, 2 wrong usage.
 */
@Command(
    name = "tuneline dataset preview",
    description = "Shows what a model would see of rows of a data file; no server needed.",
    mixinStandardHelpOptions = true,
    version = "tuneline 0.1.0")
final class PreviewMain implements Callable<Integer> {
  private final PrintStream out;

  @Parameters(paramLabel = "FILE", description = "the data, packed with gzip or zstd or not")
  private Path file = Path.of("");

  @Option(
      names = "--rows",
      paramLabel = "ROWS",
      description = "which rows, counted from 1, such as 1,5-9 (1-3)")
  private String rows = "1-3";

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "show the text and tokens that this model sees")
  private @Nullable Path model;

  @Option(
      names = "--cutoff",
      paramLabel = "TOKENS",
      description = "the most tokens of an example (1024)")
  private int cutoff = 1024;

  @Option(names = "--mapping", paramLabel = "FILE", description = "a layout of your own, as YAML")
  private @Nullable Path mapping;

  @Option(names = "--json", description = "write JSON, token by token")
  private boolean json;

  private PreviewMain(PrintStream out) {
    this.out = out;
  }

  /** Shows rows of one file and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(System.out, System.err, args));
  }

  static int run(PrintStream out, PrintStream err, String... args) {
    return Program.run(new PreviewMain(out), err, args);
  }

  @Override
  public Integer call() throws IOException {
    RowNumbers wanted = RowNumbers.parse(rows);
    if (cutoff < 1) {
      throw Problem.caller("OUT_OF_RANGE", "an example has at least a token")
          .at(Problem.FIELD, "--cutoff")
          .mend("give 1 or more");
    }
    if (!Files.isRegularFile(file)) {
      throw Problem.caller("FILE_NOT_FOUND", "there is no such file").at(Problem.FILE, file);
    }
    Layouts layouts =
        mapping == null
            ? Layouts.recognised()
            : Layouts.of(Files.readString(mapping), mapping.toString());
    String name = String.valueOf(file.getFileName());
    try (RowPreview preview = model == null ? null : new RowPreview(model, cutoff);
        TableReader table = TableFile.detect(name, file, TableLimits.DEFAULT).read()) {
      RowReader reader = new RowReader(table, layouts, name);
      long shown = json ? writeJson(reader, wanted, preview) : writeText(reader, wanted, preview);
      if (shown == 0) {
        throw Problem.caller("NO_SUCH_ROWS", "the file has none of the rows " + rows)
            .at(Problem.FILE, name)
            .mend("name rows that it has; they are counted from 1");
      }
      return 0;
    }
  }

  private long writeText(RowReader reader, RowNumbers wanted, @Nullable RowPreview preview) {
    PreviewText text = new PreviewText(out, CommandLine.Help.Ansi.AUTO.enabled());
    long shown = 0;
    for (Finding found = next(reader, wanted); found != null; found = next(reader, wanted)) {
      shown++;
      Finding.Rejection rejection = found.rejection();
      if (rejection != null) {
        text.rejected(found, rejection);
      } else if (preview == null) {
        text.messages(found);
      } else {
        text.view(found, preview.view(found.messages()), preview.tokenizer());
      }
    }
    return shown;
  }

  private long writeJson(RowReader reader, RowNumbers wanted, @Nullable RowPreview preview)
      throws IOException {
    long shown = 0;
    try (JsonGenerator generator = new JsonFactory().createGenerator(out)) {
      generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      generator.setPrettyPrinter(new DefaultPrettyPrinter());
      PreviewJson written = new PreviewJson(generator);
      generator.writeStartArray();
      for (Finding found = next(reader, wanted); found != null; found = next(reader, wanted)) {
        shown++;
        Finding.Rejection rejection = found.rejection();
        if (rejection != null) {
          written.rejected(found, rejection);
        } else if (preview == null) {
          written.messages(found);
        } else {
          ExampleView view = preview.view(found.messages());
          written.view(found, view, preview.tokenizer());
        }
      }
      generator.writeEndArray();
      generator.writeRaw('\n');
    }
    return shown;
  }

  /** The next row that is wanted; nothing is read behind the last. */
  private static @Nullable Finding next(RowReader reader, RowNumbers wanted) {
    while (reader.read() < wanted.last()) {
      Finding found = reader.next();
      if (found == null || wanted.contains(found.index() + 1)) {
        return found;
      }
    }
    return null;
  }
}
