package dev.tuneline.engine.tensor;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes fp32 safetensors files again as torch.save would. */
public final class BinFiles {
  private BinFiles() {}

  /** All tensors of {@code source} in the zip format; matrices are stored transposed. */
  public static void convert(Path source, Path target) throws IOException {
    PickleBytes pickle = new PickleBytes().op('}');
    CraftedZip zip = new CraftedZip();
    int key = 0;
    try (SafetensorsFile file = SafetensorsFile.open(source)) {
      for (TensorEntry entry : file.tensors().values()) {
        byte[] bytes = file.bytes(entry.name()).toArray(ValueLayout.JAVA_BYTE);
        long[] dims = entry.shape();
        long[] strides = new long[dims.length];
        long step = 1;
        for (int d = dims.length - 1; d >= 0; d--) {
          strides[d] = step;
          step *= dims[d];
        }
        if (dims.length == 2) {
          bytes = transposed(bytes, (int) dims[0], (int) dims[1]);
          strides = new long[] {1, dims[0]};
        }
        String name = Integer.toString(key++);
        pickle.tensor(entry.name(), name, entry.elements(), 0, dims, strides);
        zip.stored("archive/data/" + name, bytes);
      }
    }
    Files.write(target, zip.stored("archive/data.pkl", pickle.bytes()).bytes());
  }

  private static byte[] transposed(byte[] bytes, int rows, int columns) {
    byte[] turned = new byte[bytes.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        System.arraycopy(bytes, 4 * (i * columns + j), turned, 4 * (j * rows + i), 4);
      }
    }
    return turned;
  }
}
