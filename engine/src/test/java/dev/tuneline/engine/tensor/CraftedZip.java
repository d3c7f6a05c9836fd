package dev.tuneline.engine.tensor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Checkpoints in torch's zip format around any pickle. */
final class CraftedZip {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final ZipOutputStream zip = new ZipOutputStream(bytes);

  /** A checkpoint of {@code pickle} and one storage, "0", of {@code storageBytes} bytes. */
  static Path write(Path folder, PickleBytes pickle, int storageBytes) throws IOException {
    return new CraftedZip()
        .stored("archive/data.pkl", pickle.bytes())
        .stored("archive/data/0", new byte[storageBytes])
        .write(folder);
  }

  CraftedZip stored(String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    return add(entry, content);
  }

  CraftedZip deflated(String name, byte[] content) throws IOException {
    return add(new ZipEntry(name), content);
  }

  private CraftedZip add(ZipEntry entry, byte[] content) throws IOException {
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
    return this;
  }

  byte[] bytes() throws IOException {
    zip.close();
    return bytes.toByteArray();
  }

  Path write(Path folder) throws IOException {
    return Files.write(folder.resolve("crafted.bin"), bytes());
  }
}
