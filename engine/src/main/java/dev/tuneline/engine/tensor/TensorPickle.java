package dev.tuneline.engine.tensor;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A pickle machine that can make dictionaries, lists, tuples, plain values and tensors, and nothing
 * else.
 *
 * <p>It knows the opcodes that {@code torch.save} writes (pickle protocol 2) and the globals of
 * {@link PickleGlobal}; any other is UNSAFE_PICKLE, named in the problem. Nothing of the file is
 * ever executed: a global is a word of this machine, not a class. Stack, memo and input are
 * bounded.
 */
final class TensorPickle {
  /** Longest pickle read, in bytes; that of a model with a thousand tensors has 100 kB. */
  static final long MAX_BYTES = 32L << 20;

  private static final int MAX_STEPS = 1 << 22;
  private static final int MAX_DEPTH = 1 << 20;
  private static final int MAX_MEMO = 1 << 20;
  private static final int MAX_TEXT_BYTES = 1 << 16;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble BIG_ENDIAN_DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Python's None. */
  enum None {
    NONE
  }

  private enum Mark {
    MARK
  }

  /** A fixed sequence of values. */
  record Tuple(List<Object> items) {}

  /** A storage by its key in the file; its bytes come later. */
  record Storage(String key, Optional<DType> dtype, long elements) {}

  /** A tensor over a storage; nothing about it has been checked. */
  record Tensor(Storage storage, DType dtype, long offset, List<Long> dims, List<Long> strides) {}

  private final MemorySegment in;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();
  private final Map<String, Storage> storages = new HashMap<>();
  private long at;

  /** A machine that reads {@code in} from {@code at}. */
  TensorPickle(MemorySegment in, long at) {
    this.in = in;
    this.at = at;
  }

  /** One past the last byte read. */
  long position() {
    return at;
  }

  /** Every storage that was named so far, by key. */
  Map<String, Storage> storages() {
    return Map.copyOf(storages);
  }

  /** The value of the next pickle. */
  Object read() {
    long limit = at + MAX_BYTES;
    int steps = 0;
    stack.clear();
    memo.clear();
    while (true) {
      if (at > limit || ++steps > MAX_STEPS || stack.size() > MAX_DEPTH || memo.size() > MAX_MEMO) {
        throw TorchFile.malformed("its pickle is larger than any model's");
      }
      int opcode = unsignedByte();
      if (opcode == '.') {
        Object value = pop();
        if (!stack.isEmpty()) {
          throw TorchFile.malformed("its pickle leaves values behind");
        }
        return value;
      }
      step(opcode);
    }
  }

  private void step(int opcode) {
    switch (opcode) {
      case 0x80 -> protocol();
      case '(' -> stack.add(Mark.MARK);
      case 'N' -> stack.add(None.NONE);
      case 0x88 -> stack.add(true);
      case 0x89 -> stack.add(false);
      case 'K' -> stack.add((long) unsignedByte());
      case 'M' -> stack.add((long) (in.get(SHORT, advance(2)) & 0xffff));
      case 'J' -> stack.add((long) in.get(INT, advance(4)));
      case 0x8a -> stack.add(longOf(unsignedByte()));
      case 'G' -> stack.add(in.get(BIG_ENDIAN_DOUBLE, advance(8)));
      case 'U' -> stack.add(text(unsignedByte()));
      case 'X' -> stack.add(text(unsignedInt()));
      case ')' -> stack.add(new Tuple(List.of()));
      case 0x85 -> stack.add(new Tuple(popAll(stack.size() - 1)));
      case 0x86 -> stack.add(new Tuple(popAll(stack.size() - 2)));
      case 0x87 -> stack.add(new Tuple(popAll(stack.size() - 3)));
      case 't' -> stack.add(new Tuple(popToMark()));
      case ']' -> stack.add(new ArrayList<>());
      case 'a' -> append(popAll(stack.size() - 1));
      case 'e' -> append(popToMark());
      case '}' -> stack.add(new LinkedHashMap<>());
      case 's' -> setItems(popAll(stack.size() - 2));
      case 'u' -> setItems(popToMark());
      case 'q' -> memo.put((long) unsignedByte(), top());
      case 'r' -> memo.put(unsignedInt(), top());
      case 'h' -> stack.add(recall(unsignedByte()));
      case 'j' -> stack.add(recall(unsignedInt()));
      case 'c' -> stack.add(PickleGlobal.named(line(), line()));
      case 'Q' -> stack.add(storage(pop()));
      case 'R' -> reduce();
      case 'b' -> build();
      default -> throw unsafe("opcode", PickleOpcodes.name(opcode));
    }
  }

  private void protocol() {
    int version = unsignedByte();
    if (version > 2) {
      throw unsafe("opcode", "PROTO " + version);
    }
  }

  private void reduce() {
    Object arguments = pop();
    Object function = pop();
    if (!(function instanceof PickleGlobal global) || !(arguments instanceof Tuple(var items))) {
      throw unsafe("opcode", "REDUCE of something that is not a function");
    }
    stack.add(global.call(items));
  }

  /** A state dict carries its modules' versions as an attribute; nothing else has attributes. */
  private void build() {
    Object state = pop();
    if (!(top() instanceof Map<?, ?>) || !(state instanceof Map<?, ?>)) {
      throw unsafe("opcode", "BUILD");
    }
  }

  private Storage storage(Object id) {
    if (id instanceof Tuple(var items)
        && (items.size() == 5 || (items.size() == 6 && items.get(5) == None.NONE))
        && items.get(0).equals("storage")
        && items.get(1) instanceof PickleGlobal type
        && type.isStorage()
        && items.get(2) instanceof String key
        && key.matches("[0-9A-Za-z_]{1,64}")
        && items.get(3) instanceof String
        && items.get(4) instanceof Long elements
        && elements >= 0) {
      Storage storage = new Storage(key, type.dtype(), elements);
      storages.putIfAbsent(key, storage);
      return storage;
    }
    throw unsafe("opcode", "BINPERSID of something that is not a storage");
  }

  private void append(List<Object> items) {
    if (!(top() instanceof List<?>)) {
      throw unsafe("opcode", "APPENDS to something that is not a list");
    }
    @SuppressWarnings("unchecked") // only this machine makes lists
    List<Object> list = (List<Object>) top();
    list.addAll(items);
  }

  private void setItems(List<Object> items) {
    if (!(top() instanceof Map<?, ?>)) {
      throw unsafe("opcode", "SETITEMS on something that is not a dictionary");
    }
    @SuppressWarnings("unchecked") // only this machine makes maps
    Map<Object, Object> map = (Map<Object, Object>) top();
    if (items.size() % 2 != 0) {
      throw TorchFile.malformed("its pickle has a key without a value");
    }
    for (int i = 0; i < items.size(); i += 2) {
      // Other keys would be hashed and compared at any depth.
      if (!(items.get(i) instanceof String || items.get(i) instanceof Long)) {
        throw unsafe("opcode", "SETITEMS with a key that is neither a string nor a number");
      }
      map.put(items.get(i), items.get(i + 1));
    }
  }

  private Object recall(long slot) {
    @Nullable Object value = memo.get(slot);
    if (value == null) {
      throw TorchFile.malformed("its pickle recalls what it never noted");
    }
    return value;
  }

  private Object top() {
    if (stack.isEmpty() || stack.getLast() == Mark.MARK) {
      throw TorchFile.malformed("its pickle takes more than it made");
    }
    return stack.getLast();
  }

  private Object pop() {
    Object value = top();
    stack.removeLast();
    return value;
  }

  private List<Object> popToMark() {
    int mark = stack.lastIndexOf(Mark.MARK);
    List<Object> items = popAll(mark + 1);
    if (mark < 0 || stack.removeLast() != Mark.MARK) {
      throw TorchFile.malformed("its pickle closes what it never opened");
    }
    return items;
  }

  private List<Object> popAll(int from) {
    if (from < 0 || stack.subList(from, stack.size()).contains(Mark.MARK)) {
      throw TorchFile.malformed("its pickle takes more than it made");
    }
    List<Object> tail = stack.subList(from, stack.size());
    List<Object> items = List.copyOf(tail);
    tail.clear();
    return items;
  }

  private Long longOf(int bytes) {
    if (bytes > Long.BYTES) {
      throw TorchFile.malformed("its pickle holds a number of " + bytes + " bytes");
    }
    long from = advance(bytes);
    long value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      int digit = in.get(ValueLayout.JAVA_BYTE, from + i);
      value = value << 8 | (i == bytes - 1 ? digit : digit & 0xff);
    }
    return value;
  }

  private String text(long bytes) {
    if (bytes > MAX_TEXT_BYTES) {
      throw TorchFile.malformed("its pickle holds a text of " + bytes + " bytes");
    }
    return UTF_8.decode(in.asSlice(advance(bytes), bytes).asByteBuffer()).toString();
  }

  private String line() {
    long from = at;
    while (unsignedByte() != '\n') {
      if (at - from > 256) {
        throw TorchFile.malformed("its pickle names something without end");
      }
    }
    return US_ASCII.decode(in.asSlice(from, at - from - 1).asByteBuffer()).toString();
  }

  private int unsignedByte() {
    return in.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xff;
  }

  private long unsignedInt() {
    return in.get(INT, advance(4)) & 0xffffffffL;
  }

  private long advance(long bytes) {
    if (bytes > in.byteSize() - at) {
      throw TorchFile.malformed("its pickle is truncated");
    }
    long from = at;
    at += bytes;
    return from;
  }

  /** What is refused, by its kind and name. */
  static Problem unsafe(String kind, String name) {
    return Problem.caller(
            "UNSAFE_PICKLE",
            "refused: the file holds more than tensors (%s %s)".formatted(kind, name))
        .at(kind, name)
        .mend("load it only where it comes from is trusted, and save its weights as safetensors");
  }
}
