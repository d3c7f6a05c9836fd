package dev.tuneline.datasets;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.cleaning.CleaningFile;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.tables.TableFile;
import dev.tuneline.platform.tables.TableLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command {@code tuneline dataset check}. Exit codes: 0 the file has examples, 1 it has none or
 * cannot be read, 2 wrong usage.
 */
@Command(
    name = "tuneline dataset check",
    description =
        "Says what a data file holds and what training would make of it; no server needed.",
    mixinStandardHelpOptions = true,
    version = "tuneline 0.1.0")
final class DatasetMain implements Callable<Integer> {
  private static final int SHOWN_REJECTIONS = 20;

  private final PrintStream out;

  @Parameters(paramLabel = "FILE", description = "the data, packed with gzip or zstd or not")
  private Path file = Path.of("");

  @Option(names = "--json", description = "write JSON, with every rejection")
  private boolean json;

  @Option(names = "--rows", description = "with --json: write every row")
  private boolean rows;

  @Option(names = "--model", paramLabel = "DIR", description = "count tokens as this model does")
  private @Nullable Path model;

  @Option(
      names = "--cutoff",
      paramLabel = "TOKENS",
      description = "the most tokens of an example (1024)")
  private int cutoff = 1024;

  @Option(names = "--mapping", paramLabel = "FILE", description = "a layout of your own, as YAML")
  private @Nullable Path mapping;

  @Option(
      names = "--cleaning",
      paramLabel = "FILE",
      description = "clean the examples first: a cleaning as YAML, or a recipe that has one")
  private @Nullable Path cleaning;

  @Option(names = "--delimiter", paramLabel = "CHAR", description = "what stands between cells")
  private @Nullable Character delimiter;

  @Option(names = "--charset", paramLabel = "NAME", description = "the character set")
  private @Nullable String charset;

  private DatasetMain(PrintStream out) {
    this.out = out;
  }

  /** Checks one file and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(System.out, System.err, args));
  }

  static int run(PrintStream out, PrintStream err, String... args) {
    return Program.run(new DatasetMain(out), err, args);
  }

  @Override
  public Integer call() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw Problem.caller("FILE_NOT_FOUND", "there is no such file").at(Problem.FILE, file);
    }
    DatasetCheck check =
        new DatasetCheck(
            String.valueOf(file.getFileName()),
            file,
            new TableFile.Overrides(charset(), delimiter),
            TableLimits.DEFAULT,
            mapping == null
                ? Layouts.recognised()
                : Layouts.of(Files.readString(mapping), mapping.toString()),
            cleaning == null
                ? null
                : CleaningFile.parse(Files.readString(cleaning), cleaning.toString()),
            model,
            cutoff,
            json ? Long.MAX_VALUE : SHOWN_REJECTIONS,
            json && rows);
    if (json) {
      try (JsonGenerator generator = new JsonFactory().createGenerator(out)) {
        generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        generator.setPrettyPrinter(new DefaultPrettyPrinter());
        int code = check.run(generator) ? 0 : 1;
        generator.writeRaw('\n');
        return code;
      }
    }
    ByteArrayOutputStream report = new ByteArrayOutputStream();
    boolean usable;
    try (JsonGenerator generator = new JsonFactory().createGenerator(report)) {
      usable = check.run(generator);
    }
    new ReportText(out).write(report.toString(UTF_8));
    return usable ? 0 : 1;
  }

  private @Nullable Charset charset() {
    try {
      return charset == null ? null : Charset.forName(charset);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw Problem.caller("UNKNOWN_CHARSET", "there is no character set '" + charset + "'")
          .at(Problem.FIELD, "--charset")
          .mend("use a name such as UTF-8, UTF-16LE, GB18030 or Big5")
          .causedBy(e);
    }
  }
}
