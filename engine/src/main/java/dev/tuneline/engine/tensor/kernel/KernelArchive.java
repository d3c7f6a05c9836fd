package dev.tuneline.engine.tensor.kernel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs the text of a kernel into the archive that libtorch loads modules from: a zip with the
 * code, a pickled module without weights, and no constants.
 */
final class KernelArchive {
  private static final String MODULE =
      """
      class Kernel(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
      """;

  private KernelArchive() {}

  /**
   * The archive of a module whose methods are {@code text}.
   *
   * @param text serialised TorchScript, as libtorch writes it, from column 0
   */
  static byte[] of(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      entry(zip, "data.pkl", pickledModule());
      entry(zip, "code/__torch__.py", utf8(MODULE + text.stripTrailing().indent(2)));
      entry(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
      entry(zip, "version", utf8("3\n"));
      entry(zip, "byteorder", utf8("little"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Protocol 2: an instance of {@code __torch__.Kernel} with the state {training: False}. */
  private static byte[] pickledModule() {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.writeBytes(new byte[] {(byte) 0x80, 2});
    pickle.writeBytes(utf8("c__torch__\nKernel\n"));
    pickle.writeBytes(utf8(")"));
    pickle.write(0x81);
    pickle.writeBytes(utf8("}("));
    byte[] key = utf8("training");
    pickle.writeBytes(new byte[] {'X', (byte) key.length, 0, 0, 0});
    pickle.writeBytes(key);
    pickle.write(0x89);
    pickle.writeBytes(utf8("ub."));
    return pickle.toByteArray();
  }

  private static void entry(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(bytes);
    ZipEntry entry = new ZipEntry("kernel/" + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setCrc(checksum.getValue());
    entry.setSize(bytes.length);
    entry.setCompressedSize(bytes.length);
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
