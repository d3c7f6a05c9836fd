package dev.tuneline.ingest.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.RowColumns;
import dev.tuneline.proto.v1.RowMapping;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableFileTest {
  private static final Charset GB18030 = Charset.forName("GB18030");
  private static final String ROW = "借款没有写借条，只有转账记录，可以起诉吗？,可以起诉。\n";
  private static final RowColumns COLUMNS = RowColumns.of(RowMapping.getDefaultInstance());

  @Test
  void aLongGb18030FileIsFoundAcrossChunkBorders() {
    // Odd lengths put the chunks' borders inside characters.
    byte[] file = ("question,reply\n" + (ROW + "a,b\n").repeat(5_000)).getBytes(GB18030);

    TableFile table = TableFile.detect("a.csv", () -> new ByteArrayInputStream(file));

    assertThat(table.charset()).isEqualTo(GB18030);
    assertThat(read(table, limits(1_000, 2_000))).hasSize(10_000).allMatch(TableFileTest::isRow);
  }

  @Test
  void aUtf8FileWithDamagedCharactersStaysUtf8() {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes("question,reply\n".getBytes(UTF_8));
    for (int i = 0; i < 20; i++) {
      file.writeBytes(ROW.getBytes(UTF_8));
      // Two bytes of a three-byte character: valid GB18030 by itself.
      file.writeBytes(new byte[] {(byte) 0xE6, (byte) 0x96, ',', 'a', '\n'});
    }

    TableFile table = TableFile.detect("a.csv", () -> new ByteArrayInputStream(file.toByteArray()));

    assertThat(table.charset()).isEqualTo(UTF_8);
    List<TableRecord> records = read(table, limits(1_000, 2_000));
    assertThat(records.stream().filter(TableFileTest::isRow)).hasSize(20);
    assertThat(records.stream().filter(record -> !isRow(record)))
        .hasSize(20)
        .allSatisfy(
            record -> {
              TableRecord.Rejected rejected = (TableRecord.Rejected) record;
              assertThat(rejected.flaw()).isEqualTo(Flaw.UNDECODABLE);
              assertThat(rejected.column()).isEqualTo("question");
            });
  }

  @Test
  void whatIsTooLargeCostsItsRowOnly() {
    String file =
        "question,reply\nq,"
            + "x".repeat(11)
            + "\nq,r\n\""
            + "y".repeat(9)
            + "\",\""
            + "z".repeat(9)
            + "\"\nq,r\n";

    assertThat(read(table("a.csv", file), limits(10, 15)))
        .extracting(record -> isRow(record) ? "row" : ((TableRecord.Rejected) record).flaw().name())
        .containsExactly("CELL_TOO_LARGE", "row", "ROW_TOO_LARGE", "row");
    assertThat(
            read(
                table("a.jsonl", "{\"reply\":\"" + "x".repeat(30) + "\"}\n{\"reply\":\"r\"}\n"),
                limits(20, 20)))
        .extracting(TableRecord::line)
        .containsExactly(1L, 2L);
  }

  @ParameterizedTest
  @CsvSource({
    "a.xlsx, 'question,reply', UNSUPPORTED_FILE_TYPE",
    "a.csv, 'PK\u0003\u0004', NOT_A_TABLE",
    "a.csv, '\n\r\n', EMPTY_FILE",
    "a.jsonl, '', EMPTY_FILE",
    "a.csv, '\"question,reply\nx,y', UNREADABLE_HEADER",
    "a.csv, 'question,reply,question', DUPLICATE_COLUMN",
    "a.csv, 'question,answer', MISSING_COLUMN",
    "a.csv, 'reply,is_best', MISSING_COLUMN",
  })
  void whatIsNoTableIsRefused(String name, String file, String reason) {
    Problem problem =
        catchThrowableOfType(Problem.class, () -> read(table(name, file), limits(100, 100)));

    assertThat(problem.reason()).isEqualTo(reason);
    assertThat(problem.details()).containsEntry(Problem.FILE, name).containsKey(Problem.MEND);
  }

  @Test
  void columnsThatTheMappingNamesMustBeThere() {
    RowColumns named = RowColumns.of(RowMapping.newBuilder().setIsBestColumn("best").build());

    Problem problem =
        catchThrowableOfType(
            Problem.class,
            () -> table("a.csv", "question,reply\nq,r\n").read(named, limits(100, 100)).close());

    assertThat(problem.details()).containsEntry(Problem.COLUMN, "best");
  }

  private static TableFile table(String name, String file) {
    return TableFile.detect(name, () -> new ByteArrayInputStream(file.getBytes(UTF_8)));
  }

  private static TableLimits limits(int cell, int row) {
    return new TableLimits(cell, row, 100);
  }

  private static boolean isRow(TableRecord record) {
    return record instanceof TableRecord.Row;
  }

  private static List<TableRecord> read(TableFile table, TableLimits limits) {
    List<TableRecord> records = new ArrayList<>();
    try (TableReader reader = table.read(COLUMNS, limits)) {
      for (TableRecord next = reader.next(); next != null; next = reader.next()) {
        records.add(next);
      }
    }
    return records;
  }
}
