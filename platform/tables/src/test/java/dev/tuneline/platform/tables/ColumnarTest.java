package dev.tuneline.platform.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that pyarrow wrote, by the script beside them, read as the rows that it was given. */
class ColumnarTest {
  private static final Path FILES = Path.of("src/test/resources/columnar");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "snappy.parquet",
        "gzip.parquet",
        "lz4.parquet",
        "pages.parquet",
        "encodings.parquet",
        "plain.arrow",
        "lz4.arrow",
        "zstd.arrow",
        "stream.arrow",
        "views.arrow"
      })
  void everyCellIsWhatWasWritten(String name) throws IOException {
    requireExpectedRows(FILES.resolve(name));
  }

  @Test
  void aPackedFileIsUnpackedFirst() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(Files.readAllBytes(FILES.resolve("snappy.parquet")));
    }

    requireExpectedRows(Files.write(folder.resolve("named.csv"), packed.toByteArray()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"snappy.parquet", "pages.parquet", "lz4.arrow", "stream.arrow"})
  void aDamagedFileIsOneProblem(String name) throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve(name));
    for (int i = 100; i < whole.length; i += whole.length / 50) {
      byte[] damaged = whole.clone();
      Arrays.fill(damaged, i, Math.min(i + 20, damaged.length), (byte) 0xF7);
      Path file = Files.write(folder.resolve("damaged"), damaged);
      try {
        read(file);
      } catch (Problem problem) {
        assertThat(problem.details()).containsKey(Problem.FILE);
      }
    }
    Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> read(cut)).isInstanceOf(Problem.class);
  }

  private static void requireExpectedRows(Path file) throws IOException {
    List<JsonNode> expected = new ArrayList<>();
    for (String line : Files.readAllLines(FILES.resolve("expected.jsonl"))) {
      expected.add(JSON.readTree(line));
    }
    List<TableRecord> records = read(file);

    assertThat(records).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      TableRecord.Row row = (TableRecord.Row) records.get(i);
      assertThat(row.line()).isEqualTo(i + 1);
      for (var cell : expected.get(i).properties()) {
        String actual = Objects.requireNonNull(row.cells().get(cell.getKey()));
        CellType type = row.type(cell.getKey());
        JsonNode wanted = cell.getValue();
        switch (type) {
          case NULL -> assertThat(wanted.isNull()).as(cell.getKey()).isTrue();
          case TEXT -> assertThat(actual).isEqualTo(wanted.textValue());
          case FLAG -> assertThat(actual).isEqualTo(wanted.asText());
          case NUMBER ->
              assertThat(JSON.readTree(actual).decimalValue())
                  .as(cell.getKey())
                  .isEqualByComparingTo(wanted.decimalValue());
          case NESTED -> assertThat(JSON.readTree(actual)).isEqualTo(wanted);
        }
      }
    }
  }

  private static List<TableRecord> read(Path file) {
    List<TableRecord> records = new ArrayList<>();
    String name = String.valueOf(file.getFileName());
    try (TableReader reader = TableFile.detect(name, file, TableLimits.DEFAULT).read()) {
      for (TableRecord next = reader.next(); next != null; next = reader.next()) {
        records.add(next);
      }
    }
    return records;
  }
}
