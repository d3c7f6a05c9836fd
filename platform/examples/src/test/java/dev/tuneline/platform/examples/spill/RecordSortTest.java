package dev.tuneline.platform.examples.spill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordSortTest {
  private static final int WIDTH = 5;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {13, 100, 5_000, 1 << 20})
  void anyNumberOfRecordsComesOutInTheOrderOfItsBytes(int memoryBytes) throws Exception {
    Random random = new Random(3);
    for (int size : new int[] {0, 1, 2, 3, 7, 64, 1_000}) {
      List<byte[]> records = new ArrayList<>();
      try (RecordSort sort = new RecordSort(WIDTH, memoryBytes, folder)) {
        for (int i = 0; i < size; i++) {
          byte[] bytes = new byte[WIDTH];
          random.nextBytes(bytes);
          bytes[0] &= (byte) 0x81; // many begin alike, some as negative numbers
          sort.add(bytes);
          records.add(bytes);
        }
        records.sort(Arrays::compareUnsigned);

        assertThat(sort.size()).isEqualTo(size);
        assertThat(all(sort.sorted())).isDeepEqualTo(records.toArray(new byte[0][]));
      }
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).as("what is spilled is gone").isEmpty();
    }
  }

  @Test
  void whatWasAppendedIsReadAnywhere() {
    try (SpillFile file = new SpillFile(folder)) {
      byte[] large = new byte[100_000];
      new Random(5).nextBytes(large);
      final long first = file.append(large, 0, 10);
      final long second = file.append(large, 0, large.length);

      assertThat(file.read(second + 99_990, 10))
          .isEqualTo(Arrays.copyOfRange(large, 99_990, 100_000));
      assertThat(file.read(first, 10)).isEqualTo(Arrays.copyOf(large, 10));
      assertThat(file.size()).isEqualTo(100_010);
    }
  }

  private static byte[][] all(Records records) {
    List<byte[]> all = new ArrayList<>();
    for (byte[] each = records.next(); each != null; each = records.next()) {
      all.add(each);
    }
    return all.toArray(new byte[0][]);
  }
}
