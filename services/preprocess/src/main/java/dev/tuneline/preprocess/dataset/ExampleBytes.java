package dev.tuneline.preprocess.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.platform.examples.Example;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** An example in as few bytes as its texts allow, for the files that only this package reads. */
final class ExampleBytes {
  private ExampleBytes() {}

  static byte[] encode(Example example) {
    List<byte[]> texts = new ArrayList<>();
    for (Example.Message message : example.messages()) {
      texts.add(message.role().getBytes(UTF_8));
      texts.add(message.content().getBytes(UTF_8));
    }
    texts.add(example.source().file().getBytes(UTF_8));
    int size = Integer.BYTES + Long.BYTES;
    for (byte[] text : texts) {
      size += Integer.BYTES + text.length;
    }
    ByteBuffer to = ByteBuffer.allocate(size);
    to.putInt(example.messages().size()).putLong(example.source().line());
    texts.forEach(text -> to.putInt(text.length).put(text));
    return to.array();
  }

  /** The example of these bytes, whose id is known. */
  static Example decode(byte[] id, byte[] bytes) {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    int count = from.getInt();
    long line = from.getLong();
    List<Example.Message> messages = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String role = text(from);
      messages.add(new Example.Message(role, text(from)));
    }
    return new Example(
        HexFormat.of().formatHex(id), messages, new Example.Source(text(from), line));
  }

  private static String text(ByteBuffer from) {
    byte[] text = new byte[from.getInt()];
    from.get(text);
    return new String(text, UTF_8);
  }
}
