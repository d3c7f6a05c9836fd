package dev.tuneline.engine.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.tensor.SafetensorsWriter;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardTest {
  private static final EncodedExample FIRST =
      new EncodedExample(new int[] {5, 6, 7}, new int[] {-100, 6, 7}, 2);
  private static final EncodedExample SECOND =
      new EncodedExample(new int[] {8, 151_645}, new int[] {-100, 151_645}, 0);

  @TempDir Path folder;

  @Test
  void whatIsWrittenIsRead() {
    Path path = write("a", FIRST, SECOND);

    try (Shard shard = Shard.open(path)) {
      assertThat(shard.examples()).isEqualTo(2);
      assertThat(shard.tokens()).isEqualTo(5);
      assertThat(shard.longestExample()).isEqualTo(3);
      assertThat(shard.example(0).inputIds()).containsExactly(5, 6, 7);
      assertThat(shard.example(0).labels()).containsExactly(-100, 6, 7);
      assertThat(shard.example(1).inputIds()).containsExactly(8, 151_645);
      assertThat(shard.example(1).labels()).containsExactly(-100, 151_645);
      assertThat(shard.metadata()).containsEntry("tokenizer", "abc");
    }
  }

  @Test
  void equalExamplesGiveEqualBytesAndNothingIsLeftBeside() throws IOException {
    Path one = write("one", FIRST, SECOND);
    Path two = write("two", FIRST, SECOND);

    assertThat(Files.mismatch(one, two)).isEqualTo(-1);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(one, two);
    }
  }

  @Test
  void aShardMayBeEmpty() {
    try (Shard shard = Shard.open(write("empty"))) {
      assertThat(shard.examples()).isZero();
      assertThat(shard.longestExample()).isZero();
    }
  }

  @Test
  void anotherFileIsRefused() {
    Path path = folder.resolve("weights.safetensors");
    SafetensorsWriter.write(
        path, List.of(SafetensorsWriter.Content.of("w", new float[] {1}, 1)), Map.of());

    assertThatThrownBy(() -> Shard.open(path))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.reason()).isEqualTo("MALFORMED_SHARD"));
  }

  private Path write(String name, EncodedExample... examples) {
    Path path = folder.resolve(name);
    try (ShardWriter writer = new ShardWriter(path)) {
      for (EncodedExample example : examples) {
        writer.add(example);
      }
      assertThat(writer.examples()).isEqualTo(examples.length);
      writer.finish(Map.of("tokenizer", "abc"));
    }
    return path;
  }
}
