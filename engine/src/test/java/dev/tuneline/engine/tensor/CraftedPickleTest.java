package dev.tuneline.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Checkpoints made to do harm: each is refused with one problem that names file and cause. */
class CraftedPickleTest {
  private static final Path HONEST = Path.of("src/test/resources/checkpoints");

  @TempDir Path temp;

  private static PickleBytes pickle() {
    return new PickleBytes();
  }

  static Stream<Arguments> attacks() {
    return Stream.of(
        attack("os.system", pickle().global("os", "system").text("true").raw(0x85).op('R')),
        attack("posix.system", pickle().global("posix", "system").op(')').op('R')),
        attack("builtins.eval", pickle().global("builtins", "eval").text("1").raw(0x85).op('R')),
        attack("__builtin__.getattr", pickle().global("__builtin__", "getattr")),
        attack("torch.load", pickle().global("torch", "load")),
        attack(
            "torch.storage._load_from_bytes", pickle().global("torch.storage", "_load_from_bytes")),
        attack(
            "torch._utils._rebuild_qtensor", pickle().global("torch._utils", "_rebuild_qtensor")),
        attack("torch.FloatStorage.__init__", pickle().global("torch", "FloatStorage.__init__")),
        attack("collections.OrderedDict ", pickle().global("collections", "OrderedDict ")),
        attack("collections OrderedDict.", pickle().global("collections OrderedDict", "")),
        attack("INST", pickle().op('(').text("id").op('i').line("os").line("system")),
        attack("OBJ", pickle().op('(').global("collections", "OrderedDict").op('o')),
        attack("STACK_GLOBAL", pickle().text("os").text("system").raw(0x93)),
        attack("NEWOBJ", pickle().global("collections", "OrderedDict").op(')').raw(0x81)),
        attack("NEWOBJ_EX", pickle().global("torch", "FloatStorage").op(')').op('}').raw(0x92)),
        attack("PROTO 4", pickle().raw(0x80, 4)),
        attack("EXT1", pickle().raw(0x82, 1)),
        attack("PERSID", pickle().op('P').line("storage")),
        attack("NEXT_BUFFER", pickle().raw(0x97)),
        attack("0xff", pickle().raw(0xff)),
        attack("BUILD", pickle().global("torch", "FloatStorage").op('}').op('b')),
        attack("BUILD", pickle().op(']').op('}').op('b')),
        attack("BUILD", pickle().op('}').op(')').op('b')),
        attack("REDUCE", pickle().text("print").op(')').op('R')),
        attack("REDUCE", pickle().global("collections", "OrderedDict").op(']').op('R')),
        attack(
            "OrderedDict called",
            pickle().global("collections", "OrderedDict").op(']').raw(0x85).op('R')),
        attack("FloatStorage called", pickle().global("torch", "FloatStorage").op(')').op('R')),
        attack(
            "_rebuild_parameter called",
            pickle()
                .global("torch._utils", "_rebuild_parameter")
                .op('N')
                .raw(0x88)
                .op('N')
                .raw(0x87)
                .op('R')),
        attack("BINPERSID", pickle().text("0").op('Q')),
        attack("BINPERSID", persistent("module", "FloatStorage", "0", 1)),
        attack("BINPERSID", persistent("storage", "Size", "0", 1)),
        attack("BINPERSID", persistent("storage", "FloatStorage", "../../../etc/passwd", 1)),
        attack("BINPERSID", persistent("storage", "FloatStorage", "/etc/passwd", 1)),
        attack("BINPERSID", persistent("storage", "FloatStorage", "0", -1)),
        attack("SETITEMS", pickle().text("x").text("k").text("v").op('s')),
        attack("key", pickle().op('}').op(')').op('N').op('s')),
        attack("APPENDS", pickle().op('}').op('N').op('a')));
  }

  private static Arguments attack(String named, PickleBytes pickle) {
    return Arguments.of(named, pickle);
  }

  private static PickleBytes persistent(String kind, String type, String key, long elements) {
    return pickle()
        .op('(')
        .text(kind)
        .global("torch", type)
        .text(key)
        .text("cpu")
        .number(elements)
        .op('t')
        .op('Q');
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void refusesWhateverIsNotATensor(String named, PickleBytes pickle) throws IOException {
    Problem problem = refused(CraftedZip.write(temp, pickle, 4));
    assertThat(problem.reason()).isEqualTo("UNSAFE_PICKLE");
    assertThat(problem.message()).contains(named);
  }

  @Test
  void refusesTheSameInTheOlderFormat() throws IOException {
    byte[] honest = Files.readAllBytes(HONEST.resolve("legacy.bin"));
    byte[] attack = pickle().global("os", "system").text("true").raw(0x85).op('R').bytes();
    // Magic number, version and the writer's machine come before the object.
    int object = indexOf(honest, "ccollections") - 2;
    byte[] crafted = Arrays.copyOf(honest, object + attack.length);
    System.arraycopy(attack, 0, crafted, object, attack.length);
    Problem problem = refused(Files.write(temp.resolve("old.bin"), crafted));
    assertThat(problem.reason()).isEqualTo("UNSAFE_PICKLE");
    assertThat(problem.details()).containsEntry("global", "os.system");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4 | 0 | 2,-2 | 2,1 | negative",
        "4 | 0 | 2,2 | -2,1 | negative",
        "4 | -1 | 2,2 | 2,1 | negative",
        "4 | 0 | 2,2 | 1 | negative",
        "4 | 1 | 2,2 | 2,1 | past its storage",
        "4 | 0 | 2,2 | 4,1 | past its storage",
        "4 | 9223372036854775807 | 2,2 | 2,1 | beyond any memory",
        "4 | 0 | 2,2 | 9223372036854775807,1 | beyond any memory",
        "4 | 0 | 3,2 | 9223372036854775807,1 | beyond any memory",
        "4 | 0 | 4611686018427387904,4 | 0,0 | beyond any memory",
        "4 | 0 | 1099511627776 | 0 | past its storage",
        "5 | 0 | 2,2 | 2,1 | storage of 20 bytes",
        "3 | 0 | 1 | 1 | storage of 12 bytes",
        "4611686018427387904 | 0 | 2,2 | 2,1 | beyond any memory",
      })
  void refusesTensorsThatLie(long elements, long offset, String dims, String strides, String says)
      throws IOException {
    PickleBytes pickle = PickleBytes.oneTensor(elements, offset, longs(dims), longs(strides));
    Problem problem = refused(CraftedZip.write(temp, pickle, 16));
    assertThat(problem.reason()).isEqualTo("MALFORMED_CHECKPOINT");
    assertThat(problem.message()).contains(says);
    assertThat(problem.details()).containsEntry("tensor", "w");
  }

  @Test
  void refusesZipTricks() throws IOException {
    byte[] honest = PickleBytes.oneTensor(4, 0, new long[] {2, 2}, new long[] {2, 1}).bytes();
    byte[] data = new byte[16];
    assertThat(refused(zip().deflated("a/data.pkl", new byte[1 << 20])).reason())
        .isEqualTo("UNSUPPORTED_CHECKPOINT");
    assertThat(refused(zip().stored("a/data.pkl", honest).stored("b/data.pkl", honest)).message())
        .contains("2 objects");
    assertThat(refused(zip().stored("data.pkl", honest).stored("data/0", data)).message())
        .contains("0 objects");
    assertThat(
            refused(zip().stored("a/data.pkl", honest).stored("a/data/../data/0", data)).message())
        .contains("storage 0 is missing");
    assertThat(
            refused(zip().stored("a/data.pkl", honest).stored("a/constants.pkl", data)).message())
        .contains("TorchScript");
    byte[] big = {'b', 'i', 'g'};
    assertThat(refused(zip().stored("a/data.pkl", honest).stored("a/byteorder", big)).message())
        .contains("little-endian");
    // The same bytes under two names: what makes small archives unpack to huge ones.
    byte[] twice =
        zip()
            .stored("a/data.pkl", honest)
            .stored("a/data/0", data)
            .stored("a/data/1", data)
            .bytes();
    int second = indexOf(twice, "a/data/0") - 30;
    int directory = lastIndexOf(twice, "a/data/1") - 46;
    twice[directory + 42] = (byte) second;
    twice[directory + 43] = (byte) (second >> 8);
    assertThat(refused(Files.write(temp.resolve("twice.bin"), twice)).reason())
        .isEqualTo("MALFORMED_CHECKPOINT");
  }

  @Test
  void boundsWhatAPickleMayHold() throws IOException {
    int[] marks = new int[3 << 20];
    Arrays.fill(marks, '(');
    assertThat(refused(CraftedZip.write(temp, pickle().raw(marks), 0)).message())
        .contains("larger than any model's");
    PickleBytes lists = pickle().op(']');
    int[] append = new int[9 << 20];
    for (int i = 0; i < append.length; i++) {
      append[i] = i % 2 == 0 ? ']' : 'a';
    }
    assertThat(refused(CraftedZip.write(temp, lists.raw(append), 0)).message())
        .contains("larger than any model's");
    assertThat(refused(CraftedZip.write(temp, pickle().op('X').int32(-1), 0)).message())
        .contains("text of 4294967295 bytes");
  }

  @Test
  void everyTruncationIsOneProblem() throws IOException {
    for (String name : new String[] {"fp32.bin", "legacy.bin"}) {
      byte[] whole = Files.readAllBytes(HONEST.resolve(name));
      Path file = temp.resolve(name);
      for (int length = 0; length < whole.length; length += 31) {
        refused(Files.write(file, Arrays.copyOf(whole, length)));
      }
      refused(Files.write(file, Arrays.copyOf(whole, whole.length - 1)));
    }
  }

  @Test
  void noDamageIsMoreThanAProblem() throws IOException {
    Random random = new Random(7);
    int problems = 0;
    for (String name : new String[] {"fp32.bin", "legacy.bin", "module.bin"}) {
      byte[] whole = Files.readAllBytes(HONEST.resolve(name));
      for (int i = 0; i < 300; i++) {
        byte[] damaged = whole.clone();
        for (int n = random.nextInt(3); n >= 0; n--) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        problems += survives(Files.write(temp.resolve(name), damaged)) == null ? 0 : 1;
      }
    }
    assertThat(problems).isGreaterThan(100);
  }

  /** Opens and reads everything; anything but a problem fails the test. */
  private static @Nullable Problem survives(Path path) {
    try (WeightFile file = WeightFile.open(path)) {
      file.tensors().keySet().forEach(file::bytes);
      return null;
    } catch (Problem e) {
      return e;
    }
  }

  private static CraftedZip zip() {
    return new CraftedZip();
  }

  private Problem refused(CraftedZip zip) throws IOException {
    return refused(zip.write(temp));
  }

  private static Problem refused(Path file) {
    Problem problem = catchThrowableOfType(Problem.class, () -> WeightFile.open(file).close());
    assertThat(problem).as(file.toString()).isNotNull();
    assertThat(problem.details()).containsEntry(Problem.FILE, file.toString());
    return problem;
  }

  private static long[] longs(String list) {
    return Arrays.stream(list.split(",")).mapToLong(Long::parseLong).toArray();
  }

  private static int indexOf(byte[] bytes, String text) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf(text);
  }

  private static int lastIndexOf(byte[] bytes, String text) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).lastIndexOf(text);
  }
}
