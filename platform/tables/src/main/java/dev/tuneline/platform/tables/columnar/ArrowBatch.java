package dev.tuneline.platform.tables.columnar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A column of a record batch while it is filled. */
sealed interface ArrowBatch {
  void add(@Nullable Object value);

  /** Adds this column and its parts, depth first, as a batch's metadata lists them. */
  void collect(List<Values> columns, List<Bytes> buffers);

  /** Forgets all values. */
  void clear();

  static ArrowBatch of(ArrowField field) {
    return switch (field) {
      case ArrowField.Text _ -> new Texts();
      case ArrowField.Whole _ -> new Wholes();
      case ArrowField.ListOf list -> new Lists(of(list.element()));
      case ArrowField.Struct struct ->
          new Structs(struct.members().stream().map(ArrowBatch::of).toList());
    };
  }

  /** Bytes that grow, numbers in little-endian order. */
  final class Bytes {
    private static final byte[] PADDING = new byte[8];

    private ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);

    int size() {
      return bytes.position();
    }

    int paddedSize() {
      return Math.addExact(size(), 7) & ~7;
    }

    void add(byte[] more) {
      room(more.length).put(more);
    }

    void add(int number) {
      room(Integer.BYTES).putInt(number);
    }

    void add(long number) {
      room(Long.BYTES).putLong(number);
    }

    /** Sets or clears a bit, the last so far. */
    void bit(int at, boolean set) {
      if ((at & 7) == 0) {
        room(1).put((byte) 0);
      }
      if (set) {
        bytes.put(at >> 3, (byte) (bytes.get(at >> 3) | 1 << (at & 7)));
      }
    }

    void write(OutputStream out) throws IOException {
      out.write(bytes.array(), 0, size());
      out.write(PADDING, 0, paddedSize() - size());
    }

    void clear() {
      bytes.clear();
    }

    private ByteBuffer room(int more) {
      if (bytes.remaining() < more) {
        int size = Math.addExact(bytes.position(), more);
        bytes =
            ByteBuffer.wrap(Arrays.copyOf(bytes.array(), (int) Math.max(size, 3L * size / 2)))
                .order(ByteOrder.LITTLE_ENDIAN)
                .position(bytes.position());
      }
      return bytes;
    }
  }

  /** How many values there are, and which. */
  final class Values {
    private static final Bytes ALL = new Bytes();

    private final Bytes valid = new Bytes();
    private int count;
    private int missing;

    void add(boolean present) {
      valid.bit(count++, present);
      missing += present ? 0 : 1;
    }

    int count() {
      return count;
    }

    int missing() {
      return missing;
    }

    /** The bits of those that are there; nothing when all are. */
    Bytes validity() {
      return missing == 0 ? ALL : valid;
    }

    void clear() {
      valid.clear();
      count = 0;
      missing = 0;
    }
  }

  /** Texts, one after the other. */
  final class Texts implements ArrowBatch {
    private final Values values = new Values();
    private final Bytes offsets = new Bytes();
    private final Bytes data = new Bytes();

    Texts() {
      offsets.add(0);
    }

    @Override
    public void add(@Nullable Object value) {
      values.add(value != null);
      if (value != null) {
        data.add(((String) value).getBytes(UTF_8));
      }
      offsets.add(data.size());
    }

    @Override
    public void collect(List<Values> columns, List<Bytes> buffers) {
      columns.add(values);
      buffers.addAll(List.of(values.validity(), offsets, data));
    }

    @Override
    public void clear() {
      values.clear();
      offsets.clear();
      offsets.add(0);
      data.clear();
    }
  }

  /** Whole numbers. */
  final class Wholes implements ArrowBatch {
    private final Values values = new Values();
    private final Bytes data = new Bytes();

    @Override
    public void add(@Nullable Object value) {
      values.add(value != null);
      data.add(value == null ? 0L : (Long) value);
    }

    @Override
    public void collect(List<Values> columns, List<Bytes> buffers) {
      columns.add(values);
      buffers.addAll(List.of(values.validity(), data));
    }

    @Override
    public void clear() {
      values.clear();
      data.clear();
    }
  }

  /** Lists, one after the other. */
  final class Lists implements ArrowBatch {
    private final Values values = new Values();
    private final Bytes offsets = new Bytes();
    private final ArrowBatch elements;
    private int total;

    Lists(ArrowBatch elements) {
      this.elements = elements;
      offsets.add(0);
    }

    @Override
    public void add(@Nullable Object value) {
      values.add(value != null);
      if (value != null) {
        for (Object element : (List<?>) value) {
          elements.add(element);
          total++;
        }
      }
      offsets.add(total);
    }

    @Override
    public void collect(List<Values> columns, List<Bytes> buffers) {
      columns.add(values);
      buffers.addAll(List.of(values.validity(), offsets));
      elements.collect(columns, buffers);
    }

    @Override
    public void clear() {
      values.clear();
      offsets.clear();
      offsets.add(0);
      elements.clear();
      total = 0;
    }
  }

  /** Values with names. */
  final class Structs implements ArrowBatch {
    private final Values values = new Values();
    private final List<ArrowBatch> members;

    Structs(List<ArrowBatch> members) {
      this.members = new ArrayList<>(members);
    }

    @Override
    public void add(@Nullable Object value) {
      values.add(value != null);
      List<?> given = (List<?>) value;
      for (int m = 0; m < members.size(); m++) {
        members.get(m).add(given == null ? null : given.get(m));
      }
    }

    @Override
    public void collect(List<Values> columns, List<Bytes> buffers) {
      columns.add(values);
      buffers.add(values.validity());
      members.forEach(member -> member.collect(columns, buffers));
    }

    @Override
    public void clear() {
      values.clear();
      members.forEach(ArrowBatch::clear);
    }
  }
}
