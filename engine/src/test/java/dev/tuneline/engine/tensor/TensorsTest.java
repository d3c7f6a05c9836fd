package dev.tuneline.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class TensorsTest {
  /** The vocabulary and width of an 8B model: 2.5 GB as fp32, of which two pages are touched. */
  private static final long ROWS = 151_936;

  private static final long COLUMNS = 4096;

  @Test
  void reachesAllMemoryOfLargeTensors() {
    try (PtNDManager manager = Torch.newManager()) {
      PtNDArray large = Tensors.empty(manager, DataType.FLOAT32, ROWS, COLUMNS);
      MemorySegment memory = Tensors.memory(large);
      assertThat(memory.byteSize()).isEqualTo(ROWS * COLUMNS * Float.BYTES);
      memory.set(ValueLayout.JAVA_FLOAT, 0, 1.5f);
      memory.set(ValueLayout.JAVA_FLOAT, memory.byteSize() - Float.BYTES, -2.5f);
      PtNDArray row = JniUtils.slice(large, 0, ROWS - 1, ROWS, 1);
      assertThat(Tensors.floats(JniUtils.slice(row, 1, COLUMNS - 1, COLUMNS, 1)))
          .containsExactly(-2.5f);
      assertThat(Tensors.floats(JniUtils.slice(JniUtils.slice(large, 0, 0, 1, 1), 1, 0, 1, 1)))
          .containsExactly(1.5f);
    }
  }

  @Test
  void reachesAllMemoryOfLargeBfloat16Tensors() {
    try (PtNDManager manager = Torch.newManager()) {
      short minusTwoAndAHalf = (short) (Float.floatToIntBits(-2.5f) >>> 16);
      PtNDArray large =
          Tensors.filledBfloat16(
              manager,
              memory -> {
                assertThat(memory.byteSize()).isEqualTo(2 * ROWS * COLUMNS * Short.BYTES);
                memory.set(
                    ValueLayout.JAVA_SHORT, memory.byteSize() - Short.BYTES, minusTwoAndAHalf);
              },
              2 * ROWS,
              COLUMNS);
      PtNDArray row = JniUtils.slice(large, 0, 2 * ROWS - 1, 2 * ROWS, 1);
      assertThat(Tensors.floats(JniUtils.slice(row, 1, COLUMNS - 1, COLUMNS, 1)))
          .containsExactly(-2.5f);
    }
  }

  @Test
  void refusesLargeTensorsInAnotherOrder() {
    try (PtNDManager manager = Torch.newManager()) {
      PtNDArray turned =
          JniUtils.transpose(Tensors.empty(manager, DataType.FLOAT32, ROWS, COLUMNS), 0, 1);
      assertThatThrownBy(() -> Tensors.memory(turned)).hasMessageContaining("not contiguous");
    }
  }
}
