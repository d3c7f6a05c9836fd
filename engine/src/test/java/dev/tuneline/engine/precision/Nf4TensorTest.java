package dev.tuneline.engine.precision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what bitsandbytes' rules give for the same matrices. */
class Nf4TensorTest {
  @Test
  void theCodebooksAreThoseOfBitsandbytes() {
    try (SafetensorsFile file = SafetensorsFile.open(Fixtures.path("quant/nf4.safetensors"))) {
      assertThat(Codebook.NF4.values()).containsExactly(file.floats("nf4_codebook"));
      assertThat(Codebook.DYNAMIC8.values()).containsExactly(file.floats("dynamic8_codebook"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"normal", "ragged", "edge"})
  void quantisesAndRestoresToTheBit(String name) {
    try (SafetensorsFile file = SafetensorsFile.open(Fixtures.path("quant/nf4.safetensors"))) {
      List<Long> shape = file.entry(name + ".weight").dims();
      assertQuantised(file, name, file.floats(name + ".weight"), shape, 1);
    }
  }

  @Test
  void quantisesAMatrixWithMoreBlocksThanOneNestedBlockHolds() {
    try (SafetensorsFile file = SafetensorsFile.open(Fixtures.path("quant/nf4.safetensors"));
        SafetensorsFile model =
            SafetensorsFile.open(Fixtures.path("models/llama/model.safetensors"))) {
      List<Long> shape = model.entry("lm_head.weight").dims();
      assertQuantised(file, "big", model.floats("lm_head.weight"), shape, 16);
    }
  }

  /**
   * @param everyRow of how many rows one has its expected values in the file
   */
  private static void assertQuantised(
      SafetensorsFile file, String name, float[] values, List<Long> shape, int everyRow) {
    try (PtNDManager manager = Torch.newManager()) {
      Nf4Tensor tensor =
          Nf4Tensor.quantise(
              MemorySegment.ofArray(values), shape, Nf4Tensor.Tables.in(manager), manager);
      byte[] packed = bytes(file.bytes(name + ".packed"));
      assertThat(Arrays.copyOf(bytes(Tensors.memory(tensor.packed())), packed.length))
          .containsExactly(packed);
      byte[] scales = bytes(file.bytes(name + ".absmax_q8"));
      assertThat(Arrays.copyOf(bytes(Tensors.memory(tensor.scales())), scales.length))
          .containsExactly(scales);
      assertThat(Tensors.floats(tensor.scaleAbsmax()))
          .containsExactly(file.floats(name + ".absmax_q8_absmax"));
      assertThat(Tensors.floats(tensor.offset())).containsExactly(file.floats(name + ".offset"));
      String suffix = everyRow == 1 ? "" : "_every_%dth_row".formatted(everyRow);
      float[] expected = file.floats(name + ".dequant_double" + suffix);
      float[] actual = Tensors.floats(tensor.dequantise());
      int columns = Math.toIntExact(shape.get(1));
      for (int i = 0; i < expected.length; i++) {
        float value = actual[i / columns * everyRow * columns + i % columns];
        assertThat((double) value).isEqualTo(expected[i], within(1e-7 * Math.abs(expected[i])));
      }
    }
  }

  @Test
  void takesHalfAByteAndLittleMoreForAWeight() {
    float[] values = new float[1 << 20];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i);
    }
    try (PtNDManager manager = Torch.newManager()) {
      Nf4Tensor tensor =
          Nf4Tensor.quantise(
              MemorySegment.ofArray(values),
              List.of(1024L, 1024L),
              Nf4Tensor.Tables.in(manager),
              manager);
      long bytes =
          tensor.packed().size()
              + tensor.scales().size()
              + tensor.scaleAbsmax().size() * Float.BYTES;
      assertThat(bytes * 8.0 / values.length).isLessThan(4.13);
    }
  }

  private static byte[] bytes(MemorySegment memory) {
    return memory.toArray(ValueLayout.JAVA_BYTE);
  }
}
