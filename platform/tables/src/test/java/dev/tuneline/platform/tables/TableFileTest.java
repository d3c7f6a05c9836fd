package dev.tuneline.platform.tables;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableFileTest {
  private static final Charset GB18030 = Charset.forName("GB18030");
  private static final Charset BIG5 = Charset.forName("Big5");
  private static final String ROW = "借款没有写借条，只有转账记录，可以起诉吗？,可以起诉。\n";
  private static final String TRADITIONAL =
      """
      question,reply
      公司三個月沒有發薪水怎麼辦？,可以向勞動局申請調解，也可以直接起訴。
      房東不退押金怎麼辦？,先與房東協商，協商不成可以向法院提起訴訟。
      """;

  @TempDir Path folder;

  @Test
  void aMediaTypeTellsAllThatWasFound() {
    for (TableKind kind : TableKind.values()) {
      TableFile file =
          new TableFile("n", kind, UTF_16LE, '\t', true, Path.of("f"), TableLimits.DEFAULT);
      assertThat(TableFile.known(file.mediaType(), "n", Path.of("f"), TableLimits.DEFAULT))
          .contains(file);
    }
    assertThat(TableFile.known("text/plain", "n", Path.of("f"), TableLimits.DEFAULT)).isEmpty();
  }

  @Test
  void aLongGb18030FileIsFoundAcrossChunkBorders() {
    // Odd lengths put the chunks' borders inside characters.
    byte[] file = ("question,reply\n" + (ROW + "a,b\n").repeat(5_000)).getBytes(GB18030);

    TableFile table = table("a.csv", file);

    assertThat(table.charset()).isEqualTo(GB18030);
    assertThat(read(table)).hasSize(10_000).allMatch(TableFileTest::isRow);
    assertThat(cell(read(table).getFirst(), "reply")).isEqualTo("可以起诉。");
  }

  @Test
  void traditionalChineseInBig5IsNotTakenForSimplified() {
    TableFile table = table("a.csv", TRADITIONAL.getBytes(BIG5));

    assertThat(table.charset()).isEqualTo(BIG5);
    assertThat(cell(read(table).getFirst(), "question")).isEqualTo("公司三個月沒有發薪水怎麼辦？");
  }

  static Stream<byte[]> utf16() {
    String text = "question,reply\n" + ROW.repeat(3) + "😀,\"a\nb\"\n";
    return Stream.of(
        ("\uFEFF" + text).getBytes(UTF_16LE),
        ("\uFEFF" + text).getBytes(UTF_16BE),
        text.getBytes(UTF_16LE),
        text.getBytes(UTF_16BE));
  }

  @ParameterizedTest
  @MethodSource("utf16")
  void utf16IsReadWithAndWithoutItsMark(byte[] file) {
    List<TableRecord> records = read(table("a.csv", file));

    assertThat(records).hasSize(4);
    assertThat(cell(records.getFirst(), "question")).startsWith("借款");
    assertThat(cell(records.getLast(), "question")).isEqualTo("😀");
    assertThat(cell(records.getLast(), "reply")).isEqualTo("a\nb");
  }

  @Test
  void aLoneSurrogateCostsItsRowOnly() {
    byte[] file = "\uFEFFquestion,reply\nq,r\nX,r\nq,r\n".getBytes(UTF_16LE);
    file[2 * "\uFEFFquestion,reply\nq,r\n".length() + 1] = (byte) 0xD8;

    assertThat(flaws(read(table("a.csv", file)))).containsExactly("row", "UNDECODABLE", "row");
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

    TableFile table = table("a.csv", file.toByteArray());

    assertThat(table.charset()).isEqualTo(UTF_8);
    List<TableRecord> records = read(table);
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
  void aReplacementCharacterThatWasWrittenIsKept() {
    assertThat(flaws(read(table("a.csv", "q,r\n\uFFFD,x\n")))).containsExactly("row");
  }

  @Test
  void whatIsTooLargeCostsItsRowOnly() {
    String file =
        "question,reply\nq,%s\nq,r\n\"%s\",\"%s\"\nq,r\n"
            .formatted("x".repeat(11), "y".repeat(9), "z".repeat(9));

    assertThat(flaws(read(table("a.csv", file, limits(10, 15, 100)))))
        .containsExactly("CELL_TOO_LARGE", "row", "ROW_TOO_LARGE", "row");
    String lines = "{\"reply\":\"" + "x".repeat(30) + "\"}\n{\"reply\":\"r\"}\n";
    assertThat(flaws(read(table("a.jsonl", lines, limits(20, 20, 100)))))
        .containsExactly("ROW_TOO_LARGE", "row");
    String array = "[{\"reply\":\"" + "x".repeat(30) + "\"},\n{\"reply\":\"r\"}]";
    assertThat(flaws(read(table("a.json", array, limits(20, 20, 100)))))
        .containsExactly("ROW_TOO_LARGE", "row");
  }

  @Test
  void aCellBeyondEveryWindowIsLetGo() {
    String huge = "x".repeat(2_000_000);
    String file = "q,r\n%s,1\na,b\n\"%s\",2\nc,d\n%s,\"e\nf\"\ng,h\n".formatted(huge, huge, huge);

    List<TableRecord> records = read(table("a.csv", file, limits(1_000, 10_000, 3_000_000)));

    assertThat(flaws(records))
        .containsExactly("CELL_TOO_LARGE", "row", "CELL_TOO_LARGE", "row", "CELL_TOO_LARGE", "row");
    assertThat(records).extracting(TableRecord::line).containsExactly(2L, 3L, 4L, 5L, 6L, 8L);
  }

  @Test
  void aQuoteThatNeverClosesCostsItsLineWhenTheRestIsLong() {
    String file = "q,r\na,b\n\"open,c\n" + "d,e\n".repeat(1_000);

    List<TableRecord> records = read(table("a.csv", file, limits(100, 200, 300)));

    assertThat(records).hasSize(1_002);
    assertThat(flaws(records.subList(0, 3))).containsExactly("row", "UNCLOSED_QUOTE", "row");
    assertThat(records.get(2).line()).isEqualTo(4);
    assertThat(records.getLast().line()).isEqualTo(1_003);
  }

  @ParameterizedTest
  @ValueSource(strings = {",", ";", "|", "\t", "\u0001"})
  void theDelimiterIsFound(String delimiter) {
    String file = "question,reply,id\n\"a\",d,1\ne,f,2\n".replace(",", delimiter);

    for (String name : List.of("a.csv", "a.txt", "lies.parquet", "a")) {
      TableFile table = table(name, file);

      assertThat(table.kind()).isEqualTo(TableKind.DELIMITED);
      assertThat(table.delimiter()).isEqualTo(delimiter.charAt(0));
      assertThat(cell(read(table).getLast(), "reply")).isEqualTo("f");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.csv", "a.txt", "a.xlsx", "a"})
  void jsonIsFoundWhateverItsName(String name) {
    assertThat(table(name, "{\"q\":1}\n{\"q\":2}\n").kind()).isEqualTo(TableKind.JSON_LINES);
    assertThat(table(name, " [{\"q\":1}]").kind()).isEqualTo(TableKind.JSON_ARRAY);
  }

  @Test
  void proseIsPlainText() {
    TableFile table = table("a.txt", "Once, long ago,\n\nthere was a village.\r\n");

    assertThat(table.kind()).isEqualTo(TableKind.PLAIN_TEXT);
    assertThat(read(table)).hasSize(2);
    assertThat(cell(read(table).getLast(), "text")).isEqualTo("there was a village.");
  }

  @Test
  void jsonThatIsNestedTooDeepCostsItsRowOnly() {
    String deep = "{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}";

    assertThat(flaws(read(table("a.jsonl", deep + "\n{\"a\":1}\n"))))
        .containsExactly("NESTED_TOO_DEEP", "row");
    assertThat(flaws(read(table("a.json", "[" + deep + ",{\"a\":[1,{\"b\":null}]}]"))))
        .containsExactly("NESTED_TOO_DEEP", "row");
  }

  @Test
  void aBrokenElementCostsItselfOnly() {
    List<TableRecord> records =
        read(table("a.json", "[{\"a\":1},\n{\"a\":tru},\n{\"a\":\"\\\"]\"},\n7]"));

    assertThat(flaws(records)).containsExactly("row", "INVALID_JSON", "row", "NOT_AN_OBJECT");
    assertThat(records.get(2).line()).isEqualTo(3);
  }

  @Test
  void cellsRememberWhatTheyWere() {
    TableRecord.Row row =
        (TableRecord.Row)
            read(table("a.jsonl", "{\"a\":1.50,\"b\":null,\"c\":[1,\"x\"],\"d\":\"t\",\"e\":true}"))
                .getFirst();

    assertThat(row.cells()).containsEntry("a", "1.50").containsEntry("c", "[1,\"x\"]");
    assertThat(Stream.of("a", "b", "c", "d", "e").map(row::type))
        .containsExactly(
            CellType.NUMBER, CellType.NULL, CellType.NESTED, CellType.TEXT, CellType.FLAG);
  }

  @Test
  void aZipBombIsStopped() throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bomb)) {
      byte[] zeros = new byte[1 << 20];
      Arrays.fill(zeros, (byte) 'a');
      for (int i = 0; i < 32; i++) {
        out.write(zeros);
      }
    }

    assertThat(problem("a.csv.gz", bomb.toByteArray()).reason()).isEqualTo("UNPACKED_TOO_LARGE");
    byte[] cut = Arrays.copyOf(bomb.toByteArray(), 1_000);
    assertThat(problem("a.csv.gz", cut).reason()).isEqualTo("DAMAGED_FILE");
  }

  @ParameterizedTest
  @CsvSource({
    "a.csv, 'PK\u0003\u0004', NOT_A_TABLE",
    "a.csv, '%PDF-1.7', NOT_A_TABLE",
    "a.csv, '\n\r\n', EMPTY_FILE",
    "a.jsonl, '', EMPTY_FILE",
    "a.csv, '\"question,reply\nx,y', UNREADABLE_HEADER",
    "a.csv, 'question,reply,question', DUPLICATE_COLUMN",
    "a.json, '[{},', INVALID_JSON",
    "a.json, '[{}] x', INVALID_JSON",
    "a.parquet, 'PAR1 and more that is no Parquet', DAMAGED_FILE",
    "a.arrow, 'ARROW1 and more that is no Arrow', DAMAGED_FILE",
  })
  void whatIsNoTableIsRefused(String name, String file, String reason) {
    Problem problem = problem(name, file.getBytes(UTF_8));

    assertThat(problem.reason()).isEqualTo(reason);
    assertThat(problem.details()).containsEntry(Problem.FILE, name).containsKey(Problem.MEND);
  }

  private Problem problem(String name, byte[] file) {
    return catchThrowableOfType(Problem.class, () -> read(table(name, file)));
  }

  private TableFile table(String name, String file) {
    return table(name, file.getBytes(UTF_8));
  }

  private TableFile table(String name, byte[] file) {
    return TableFile.detect(name, write(file), TableLimits.DEFAULT);
  }

  private TableFile table(String name, String file, TableLimits limits) {
    return TableFile.detect(name, write(file.getBytes(UTF_8)), limits);
  }

  private Path write(byte[] file) {
    try {
      return Files.write(folder.resolve("file"), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TableLimits limits(int cell, int row, int quote) {
    return new TableLimits(cell, row, 100, quote, 64, 1 << 20, 1 << 30, 200);
  }

  private static boolean isRow(TableRecord record) {
    return record instanceof TableRecord.Row;
  }

  private static String cell(TableRecord record, String column) {
    return String.valueOf(((TableRecord.Row) record).cells().get(column));
  }

  private static List<String> flaws(List<TableRecord> records) {
    return records.stream()
        .map(record -> isRow(record) ? "row" : ((TableRecord.Rejected) record).flaw().name())
        .toList();
  }

  private static List<TableRecord> read(TableFile table) {
    List<TableRecord> records = new ArrayList<>();
    try (TableReader reader = table.read()) {
      for (TableRecord next = reader.next(); next != null; next = reader.next()) {
        records.add(next);
      }
    }
    return records;
  }
}
