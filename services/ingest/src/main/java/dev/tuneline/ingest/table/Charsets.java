package dev.tuneline.ingest.table;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;

/**
 * Tells UTF-8 from GB18030 by reading a file through.
 *
 * <p>Valid UTF-8 is UTF-8. Otherwise it is GB18030 if all of it decodes as such and less than half
 * of its bytes beyond ASCII are valid UTF-8; else it is UTF-8 with some bad bytes, which cost the
 * rows that hold them.
 */
final class Charsets {
  static final Charset GB18030 = Charset.forName("GB18030");

  private static final int CHUNK_BYTES = 64 << 10;

  private final CharsetDecoder utf8 = strict(UTF_8);
  private final CharsetDecoder gb18030 = strict(GB18030);
  private final CharBuffer sink = CharBuffer.allocate(CHUNK_BYTES);
  private boolean allGb18030 = true;
  private long beyondAscii;
  private long malformedUtf8;

  private Charsets() {}

  /**
   * The charset of the file, which is read to its end and not closed.
   *
   * @throws Problem NOT_A_TABLE for UTF-16 and for packed files
   */
  static Charset detect(InputStream file, String name) throws IOException {
    return new Charsets().read(file, name);
  }

  private Charset read(InputStream file, String name) throws IOException {
    ByteBuffer utf8Rest = ByteBuffer.allocate(CHUNK_BYTES + 8);
    ByteBuffer gbRest = ByteBuffer.allocate(CHUNK_BYTES + 8);
    byte[] chunk = new byte[CHUNK_BYTES];
    boolean first = true;
    while (true) {
      int read = file.readNBytes(chunk, 0, chunk.length);
      if (first) {
        refuseOtherKinds(chunk, read, name);
        first = false;
      }
      boolean last = read < chunk.length;
      for (int i = 0; i < read; i++) {
        beyondAscii += chunk[i] < 0 ? 1 : 0;
      }
      readUtf8(utf8Rest.put(chunk, 0, read).flip(), last);
      utf8Rest.compact();
      if (allGb18030) {
        allGb18030 = decodes(gbRest.put(chunk, 0, read).flip(), last);
        gbRest.compact();
      }
      if (last) {
        boolean mostlyUtf8 = (beyondAscii - malformedUtf8) * 2 >= beyondAscii;
        return malformedUtf8 == 0 || mostlyUtf8 || !allGb18030 ? UTF_8 : GB18030;
      }
    }
  }

  private void readUtf8(ByteBuffer bytes, boolean last) {
    while (true) {
      sink.clear();
      CoderResult result = utf8.decode(bytes, sink, last);
      if (result.isUnderflow()) {
        return;
      }
      if (result.isError()) {
        malformedUtf8 += result.length();
        bytes.position(bytes.position() + result.length());
      }
    }
  }

  private boolean decodes(ByteBuffer bytes, boolean last) {
    while (true) {
      sink.clear();
      CoderResult result = gb18030.decode(bytes, sink, last);
      if (result.isError()) {
        return false;
      }
      if (result.isUnderflow()) {
        return true;
      }
    }
  }

  private static void refuseOtherKinds(byte[] start, int size, String name) {
    if (startsWith(start, size, 0xFE, 0xFF) || startsWith(start, size, 0xFF, 0xFE)) {
      throw notATable(name, "UTF-16 text", "save it as UTF-8");
    }
    if (startsWith(start, size, 'P', 'K', 3, 4)) {
      throw notATable(name, "a spreadsheet or zip file", "export it as CSV");
    }
    if (startsWith(start, size, 0x1F, 0x8B, 8)) {
      throw notATable(name, "a gzip file", "unpack it first");
    }
  }

  private static boolean startsWith(byte[] start, int size, int... signature) {
    for (int i = 0; i < signature.length; i++) {
      if (i >= size || (start[i] & 0xFF) != signature[i]) {
        return false;
      }
    }
    return true;
  }

  private static Problem notATable(String name, String what, String mend) {
    return Problem.caller("NOT_A_TABLE", "the file is " + what)
        .at(Problem.FILE, name)
        .at(Problem.LINE, 1)
        .mend(mend);
  }

  private static CharsetDecoder strict(Charset charset) {
    return charset
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT);
  }
}
