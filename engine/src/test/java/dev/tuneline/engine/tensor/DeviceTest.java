package dev.tuneline.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.tensor.kernel.Kernel;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be shown about devices on a machine that has no GPU. */
class DeviceTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/tuneline/engine");
  private static final Pattern CREATES =
      Pattern.compile(
          "Device\\.(cpu|gpu)|JniUtils\\.(create\\w+|full|zeros\\w*|ones\\w*|arange|linspace|rand\\w*"
              + "|normal|uniform|eye|hannWindow)\\(|manager\\.(create|zeros|ones|full|random\\w*)\\(");

  @Test
  void takesTheGpuThatIsThereUnlessToldOtherwise() {
    assertThat(Torch.chooseDevice(null, 0)).isEqualTo(Device.cpu());
    assertThat(Torch.chooseDevice("", 2)).isEqualTo(Device.gpu(0));
    assertThat(Torch.chooseDevice("cpu", 2)).isEqualTo(Device.cpu());
    assertThat(Torch.chooseDevice("cuda", 1)).isEqualTo(Device.gpu(0));
    assertThat(Torch.chooseDevice("cuda:1", 2)).isEqualTo(Device.gpu(1));
    assertThat(Torch.deviceName()).isEqualTo(Torch.device().isGpu() ? "cuda:0" : "cpu");
    for (String missing : List.of("cuda:2", "cuda:", "tpu", "CPU ")) {
      assertThatThrownBy(() -> Torch.chooseDevice(missing, 2))
          .isInstanceOfSatisfying(
              Problem.class, p -> assertThat(p.reason()).isEqualTo("DEVICE_NOT_AVAILABLE"));
    }
  }

  /** Whoever made a tensor elsewhere would put it on the CPU whatever the device is. */
  @Test
  void onlyTensorsMakesTensorsAndOnlyTorchNamesDevices() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      assertThat(
              files
                  .filter(file -> file.toString().endsWith(".java"))
                  .filter(file -> CREATES.matcher(read(file)).find())
                  .map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("Tensors.java", "Torch.java");
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The copies by which numbers get onto a GPU and back, from the CPU to itself. */
  @Test
  void copiesBetweenDevicesKeepTypeAndValues() {
    try (PtNDManager manager = Torch.newManager()) {
      PtNDArray numbers = Tensors.ofFloats(manager, new float[] {1, 2, 3, 4}, 2, 2);
      PtNDArray like = Tensors.scalar(manager, 0);
      assertThat(Tensors.floats(Kernel.MOVE.run(numbers, like))).containsExactly(1, 2, 3, 4);
      PtNDArray narrow =
          Tensors.filledBfloat16(
              manager, memory -> memory.asByteBuffer().putLong(0x803f_0040_4040_8040L), 2, 2);
      PtNDArray moved = Kernel.MOVE.run(narrow, like);
      assertThat(Tensors.isBfloat16(moved)).isTrue();
      assertThat(Tensors.floats(moved)).containsExactly(1, 2, 3, 4);
      PtNDArray target = Tensors.zeros(manager, 2, 2);
      Kernel.COPY.run(target, numbers);
      assertThat(Tensors.floats(target)).containsExactly(1, 2, 3, 4);
    }
  }
}
