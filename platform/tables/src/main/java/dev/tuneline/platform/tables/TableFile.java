package dev.tuneline.platform.tables;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.columnar.ArrowReader;
import dev.tuneline.platform.tables.columnar.ParquetReader;
import dev.tuneline.platform.tables.text.Charsets;
import dev.tuneline.platform.tables.text.CsvReader;
import dev.tuneline.platform.tables.text.JsonArrayReader;
import dev.tuneline.platform.tables.text.LineReader;
import dev.tuneline.platform.tables.text.Utf8Stream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file of rows. Its bytes say what it is, packed or not; its name only decides where they leave
 * room for doubt.
 *
 * @param name as the caller gave it
 * @param charset the character set, UTF-8 for Parquet and Arrow
 * @param delimiter what stands between the cells of a delimited table
 * @param path where it lies
 */
public record TableFile(
    String name,
    TableKind kind,
    Charset charset,
    char delimiter,
    boolean packed,
    Path path,
    TableLimits limits) {
  private static final int SAMPLE_BYTES = 256 << 10;
  private static final Pattern MEDIA_TYPE =
      Pattern.compile(
          "([a-z/.]+); charset=([A-Za-z0-9._-]+); delimiter=([0-9a-f]{2}); packed=(true|false)");

  /**
   * What the caller knows better than the file.
   *
   * @param charset the character set, or null to find it
   * @param delimiter the delimiter of a delimited table, or null to find kind and delimiter
   */
  public record Overrides(@Nullable Charset charset, @Nullable Character delimiter) {
    /** Nothing is known. */
    public static final Overrides NONE = new Overrides(null, null);

    public Overrides {
      if (delimiter != null
          && (delimiter == 0
              || delimiter > 0x7F
              || delimiter == '"'
              || delimiter == '\n'
              || delimiter == '\r')) {
        throw Problem.caller("INVALID_DELIMITER", "this cannot stand between cells")
            .at(Problem.FIELD, "delimiter")
            .mend("give one ASCII character other than a quote and the line ends");
      }
    }
  }

  /**
   * Looks through the file once or more to find what it is.
   *
   * @throws Problem of the caller when it is no table, or packed beyond the bounds
   */
  public static TableFile detect(String name, Path path, TableLimits limits) {
    return detect(name, path, limits, Overrides.NONE);
  }

  /** As {@link #detect(String, Path, TableLimits)}, but for what is known. */
  public static TableFile detect(String name, Path path, TableLimits limits, Overrides overrides) {
    try {
      boolean packed;
      try (InputStream in = Files.newInputStream(path)) {
        packed = Unpacking.isPacked(in.readNBytes(4));
      }
      byte[] sample;
      try (InputStream in = Unpacking.open(path, name, limits)) {
        sample = in.readNBytes(8);
      }
      TableKind binary = Sniffing.binary(sample, name);
      if (binary != null) {
        return new TableFile(name, binary, UTF_8, ',', packed, path, limits);
      }
      Charset charset =
          overrides.charset() != null
              ? overrides.charset()
              : Charsets.detect(() -> Unpacking.open(path, name, limits));
      byte[] start;
      try (InputStream in = Utf8Stream.of(Unpacking.open(path, name, limits), charset)) {
        start = in.readNBytes(SAMPLE_BYTES);
      }
      boolean whole = start.length < SAMPLE_BYTES;
      Sniffing.Text text =
          overrides.delimiter() != null
              ? new Sniffing.Text(TableKind.DELIMITED, overrides.delimiter())
              : Sniffing.text(start, whole, name);
      return new TableFile(name, text.kind(), charset, text.delimiter(), packed, path, limits);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What was found out about the file, as a media type with parameters, so that it need not be
   * looked for again: {@code text/csv; charset=GB18030; delimiter=2c; packed=true}.
   */
  public String mediaType() {
    return "%s; charset=%s; delimiter=%02x; packed=%s"
        .formatted(kind.mediaType(), charset.name(), (int) delimiter, packed);
  }

  /** A file of which {@link #mediaType} has told what it is; empty for any other media type. */
  public static Optional<TableFile> known(
      String mediaType, String name, Path path, TableLimits limits) {
    Matcher matcher = MEDIA_TYPE.matcher(mediaType);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Arrays.stream(TableKind.values())
        .filter(kind -> kind.mediaType().equals(matcher.group(1)))
        .findFirst()
        .map(
            kind ->
                new TableFile(
                    name,
                    kind,
                    Charset.forName(matcher.group(2)),
                    (char) Integer.parseInt(matcher.group(3), 16),
                    Boolean.parseBoolean(matcher.group(4)),
                    path,
                    limits));
  }

  /** A reader of its records; see {@link TableReader} for what it throws. */
  public TableReader read() {
    try {
      return switch (kind) {
        case DELIMITED, JSON_LINES, JSON_ARRAY, PLAIN_TEXT -> readText();
        case PARQUET -> ParquetReader.open(plainFile(), packed, name, limits);
        case ARROW -> ArrowReader.open(plainFile(), packed, name, limits);
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TableReader readText() throws IOException {
    InputStream in =
        new BufferedInputStream(Utf8Stream.of(Unpacking.open(path, name, limits), charset));
    boolean opened = false;
    try {
      TableReader reader =
          switch (kind) {
            case DELIMITED -> new CsvReader(in, name, delimiter, limits);
            case JSON_LINES -> LineReader.ofJson(in, name, limits);
            case JSON_ARRAY -> new JsonArrayReader(in, name, limits);
            case PLAIN_TEXT -> LineReader.ofText(in, name, limits);
            case PARQUET, ARROW -> throw new IllegalStateException("not a text: " + kind);
          };
      opened = true;
      return reader;
    } finally {
      if (!opened) {
        in.close();
      }
    }
  }

  /** The file itself, or a temporary copy when it is packed: columns are read in any order. */
  private Path plainFile() throws IOException {
    if (!packed) {
      return path;
    }
    Path copy = Files.createTempFile("tuneline-table-", "");
    boolean complete = false;
    try (InputStream in = Unpacking.open(path, name, limits)) {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      complete = true;
      return copy;
    } finally {
      if (!complete) {
        Files.deleteIfExists(copy);
      }
    }
  }
}
