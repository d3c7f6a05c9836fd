package dev.tuneline.platform.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExampleFileTest {
  private static final Example.Source SOURCE = new Example.Source("a \"b\".csv", 7);
  private static final List<Example> CONVERSATIONS =
      List.of(
          Example.of("房东不退押金\n怎么办？", "先协商。\r\n😀", SOURCE),
          Example.of("", "\u0000\t{{ x }}", new Example.Source("", 0)),
          Example.of(
              List.of(
                  new Example.Message("system", "brief"),
                  new Example.Message("user", "1"),
                  new Example.Message("assistant", "2"),
                  new Example.Message("user", "3"),
                  new Example.Message("assistant", "4")),
              SOURCE));
  private static final Example TEXT = Example.ofText("从前有座山。\n\n山里有座庙。", SOURCE);

  @Test
  void whatIsWrittenIsRead() {
    List<Example> mixed = new ArrayList<>(CONVERSATIONS);
    mixed.add(1, TEXT);

    for (List<Example> examples : List.of(CONVERSATIONS, List.of(TEXT), mixed)) {
      byte[] file = ExampleFileWriter.bytes(examples);
      assertThat(read(file)).isEqualTo(examples);
      assertThat(ExampleFile.readFirst(in(file), 1)).isEqualTo(examples.subList(0, 1));
      assertThat(ExampleFileWriter.bytes(examples)).isEqualTo(file);
    }
  }

  @Test
  void batchesAreBoundedByRowsAndByBytes() {
    List<Example> many =
        IntStream.range(0, 2_500).mapToObj(i -> Example.of("q" + i, "a" + i, SOURCE)).toList();
    assertThat(read(ExampleFileWriter.bytes(many))).isEqualTo(many);

    String large = "很".repeat(300_000);
    List<Example> wide =
        IntStream.range(0, 5).mapToObj(i -> Example.of(i + large, large, SOURCE)).toList();
    Reads reads = new Reads(ExampleFileWriter.bytes(wide));
    ExampleFile file = ExampleFile.open(reads);
    assertThat(file.next()).isEqualTo(wide.getFirst());
    assertThat(reads.total).as("bytes read for the first of five").isLessThan(2 << 20);
  }

  @Test
  void filesOfEarlierBuildsAreRead() {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    CONVERSATIONS.forEach(example -> file.writeBytes(ExampleLines.line(example)));

    assertThat(read(file.toByteArray())).isEqualTo(CONVERSATIONS);
    assertThat(read(new byte[0])).isEmpty();
    assertThat(ExampleLines.parse(ExampleLines.line(TEXT))).isEqualTo(TEXT);
  }

  @Test
  void aBrokenLineIsNamed() {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(ExampleLines.line(CONVERSATIONS.getFirst()));
    file.writeBytes("{\"id\":\"x\",\"messages\":[]}\n".getBytes(UTF_8));

    assertThatThrownBy(() -> read(file.toByteArray()))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.reason()).isEqualTo("MALFORMED_EXAMPLE");
              assertThat(problem.details()).containsEntry(Problem.LINE, "2");
            });
  }

  @Test
  void aFileThatIsCutOffIsRefused() {
    byte[] file = ExampleFileWriter.bytes(CONVERSATIONS);
    for (int length : new int[] {2, 100, file.length - 20}) {
      assertThatThrownBy(() -> read(Arrays.copyOf(file, length)))
          .isInstanceOfSatisfying(
              Problem.class,
              problem -> assertThat(problem.reason()).isEqualTo("MALFORMED_EXAMPLE"));
    }
  }

  @Test
  void theIdFollowsFromTheMessagesAlone() {
    String id = Example.of("ab", "c", SOURCE).id();

    assertThat(Example.of("ab", "c", new Example.Source("other.csv", 1)).id()).isEqualTo(id);
    assertThat(Example.of("a", "bc", SOURCE).id()).isNotEqualTo(id);
    assertThat(id).matches("[0-9a-f]{64}");
  }

  private static List<Example> read(byte[] file) {
    return ExampleFile.readFirst(in(file), Integer.MAX_VALUE);
  }

  private static InputStream in(byte[] file) {
    return new ByteArrayInputStream(file);
  }

  /** Counts what is read. */
  private static final class Reads extends ByteArrayInputStream {
    private long total;

    Reads(byte[] bytes) {
      super(bytes);
    }

    @Override
    public synchronized int read(byte[] into, int from, int length) {
      int read = super.read(into, from, length);
      total += Math.max(0, read);
      return read;
    }
  }
}
