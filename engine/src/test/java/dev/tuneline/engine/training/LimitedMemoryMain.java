package dev.tuneline.engine.training;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tensor.Torch;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Trains while the operating system grants this process little more memory than it has, and then
 * without a limit with the micro-batch that this came down to. A process of its own: a JVM that
 * cannot grow is of no use to other tests.
 */
public final class LimitedMemoryMain {
  private static final int EXAMPLES = 128;
  private static final int TOKENS = 200;
  private static final int RLIMIT_AS = 9;

  private LimitedMemoryMain() {}

  /** Prints for each of two steps: micro-batch, accumulation, loss, gradient norm. */
  public static void main(String[] args) throws Throwable {
    Torch.setThreads(1);
    long bytes = Long.parseLong(args[0]);
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    options.put("r", 4).put("lora_dropout", 0).putArray("target_modules").add("v_proj");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      train("warm", base, options, 2, 64);
      limit(addressSpace() + bytes);
      int microBatch = train("limited", base, options, EXAMPLES, 1);
      limit(-1);
      train("free", base, options, microBatch, EXAMPLES / microBatch);
    }
  }

  private static int train(
      String name, BaseModel base, ObjectNode options, int microBatch, int accumulation) {
    TrainingSpec spec = TrainingSpec.of(2, microBatch, accumulation, 1e-2, 3);
    try (Tunable tunable = Methods.start("lora", options, base, 3);
        Trainer trainer = new Trainer(base, tunable, examples(), spec)) {
      for (int i = 0; i < 2; i++) {
        StepReport report = trainer.next();
        System.out.printf(
            "%s %d %d %.9f %.9f%n",
            name, trainer.microBatch(), trainer.accumulation(), report.loss(), report.gradNorm());
      }
      return trainer.microBatch();
    }
  }

  private static List<TrainingExample> examples() {
    SplittableRandom random = new SplittableRandom(11);
    return IntStream.range(0, EXAMPLES)
        .mapToObj(
            _ -> {
              int[] ids = random.ints(TOKENS, 0, 600).toArray();
              int[] labels = ids.clone();
              Arrays.fill(labels, 0, TOKENS / 2, TrainingExample.IGNORED);
              return new TrainingExample(ids, labels);
            })
        .toList();
  }

  private static long addressSpace() throws IOException {
    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1)[0];
    return Long.parseLong(pages) * 4096;
  }

  /** Sets the soft limit of the address space; -1 for none. */
  @SuppressWarnings("restricted") // setrlimit keeps nothing of what it is given
  private static void limit(long bytes) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle setrlimit =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("setrlimit"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limits = arena.allocate(ValueLayout.JAVA_LONG, 2);
      limits.setAtIndex(ValueLayout.JAVA_LONG, 0, bytes);
      limits.setAtIndex(ValueLayout.JAVA_LONG, 1, -1);
      if ((int) setrlimit.invokeExact(RLIMIT_AS, limits) != 0) {
        throw new IllegalStateException("setrlimit failed");
      }
    }
  }
}
