package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.ModelFolder;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Native memory is invisible to the heap, so its leaks are looked for by number and by size. */
class NativeMemoryTest {
  private static final long SLACK_KB = 40_000;

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora | {'lora_dropout': 0.1, 'target_modules': ['q_proj', 'up_proj']}",
        "p_tuning_v2 | {'num_virtual_tokens': 6, 'prefix_projection': true}",
        "p_tuning | {'num_virtual_tokens': 6, 'encoder_reparameterization_type': 'LSTM'}"
      },
      quoteCharacter = '"')
  void trainingAndDecodingLeaveNoTensorBehind(String method, String options) throws IOException {
    int[] ids = IntStream.range(0, 120).toArray();
    List<TrainingExample> examples = Collections.nCopies(8, TrainingExample.ofText(ids));
    TrainingSpec spec = TrainingSpec.of(1000, 4, 2, 1e-3, 1);
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable =
            Methods.start(
                method, new ObjectMapper().readTree(options.replace('\'', '"')), base, 1);
        Trainer trainer = new Trainer(base, tunable, examples, spec)) {
      List<GenerationRequest> requests = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        requests.add(GenerationRequest.greedy(ids, tunable.adaptation(), 12, Set.of()));
      }
      Generator generator = new Generator(base);
      work(trainer, generator, requests, 10);
      int tensors = base.manager().getManagedArrays().size();
      assertFlat(() -> work(trainer, generator, requests, 60));
      assertThat(base.manager().getManagedArrays()).hasSize(tensors);
    }
  }

  /** A leak of one load in ten would show: the model has 10 MB. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void loadingAndClosingAHundredTimesKeepsMemoryFlat(Precision precision) throws IOException {
    Path folder = model();
    flatOverAHundred(
        () -> {
          try (BaseModel base = BaseModel.load(folder, precision)) {
            assertThat(base.manager().getManagedArrays().size()).isGreaterThan(20);
          }
        });
    Path small = Fixtures.path("models/qwen2-untied");
    Path adapter = Fixtures.path("adapters/qwen2-untied-lora");
    flatOverAHundred(
        () -> {
          try (BaseModel base = BaseModel.load(small, precision);
              var _ = Methods.load(adapter, base)) {
            assertThat(base.manager().getManagedArrays().size()).isGreaterThan(20);
          }
        });
  }

  @Test
  void aHundredLoadsThatFailKeepMemoryFlat() throws IOException {
    Path folder = model();
    Path weights = folder.resolve("model.safetensors");
    byte[] good = Files.readAllBytes(weights);

    byte[] poisoned = good.clone();
    ByteBuffer.wrap(poisoned)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(good.length - Float.BYTES, Float.NaN);
    Files.write(weights, poisoned);
    Problem problem = failing(() -> BaseModel.load(folder).close(), "NON_FINITE_WEIGHTS");
    assertThat(problem.details().get("tensor")).isNotEmpty();
    flatOverAHundred(() -> failing(() -> BaseModel.load(folder).close(), "NON_FINITE_WEIGHTS"));

    Files.write(weights, Arrays.copyOf(good, good.length - 4));
    flatOverAHundred(() -> failing(() -> BaseModel.load(folder).close(), "MALFORMED_SAFETENSORS"));

    Path other = Fixtures.path("adapters/qwen2-untied-lora");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      int tensors = base.manager().getManagedArrays().size();
      flatOverAHundred(() -> failing(() -> Methods.load(other, base).close(), "ADAPTER_MISMATCH"));
      assertThat(base.manager().getManagedArrays()).hasSize(tensors);
    }
  }

  /** A model with a larger vocabulary than the fixtures', so that it weighs something. */
  private Path model() throws IOException {
    Path source = Files.createDirectory(temp.resolve("source"));
    String config = Files.readString(Fixtures.path("models/qwen2-tied/config.json"));
    Files.writeString(
        source.resolve("config.json"),
        config.replaceAll("\"vocab_size\": *\\d+", "\"vocab_size\": 40000"));
    Path folder = Files.createDirectory(temp.resolve("model"));
    try (BaseModel base = BaseModel.initialise(source, 1)) {
      ModelFolder.write(base, Map.of(), folder);
    }
    assertThat(Files.size(folder.resolve("model.safetensors"))).isGreaterThan(10_000_000);
    return folder;
  }

  private static Problem failing(ThrowingCallable call, String reason) {
    Problem problem = catchThrowableOfType(Problem.class, call);
    assertThat(problem.reason()).isEqualTo(reason);
    return problem;
  }

  private static void flatOverAHundred(Runnable load) throws IOException {
    for (int i = 0; i < 10; i++) {
      load.run();
    }
    assertFlat(
        () -> {
          for (int i = 0; i < 100; i++) {
            load.run();
          }
        });
  }

  /** The allocator may take in an arena at any time, but only a leak grows in each round. */
  private static void assertFlat(Runnable round) throws IOException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3 && least >= SLACK_KB; i++) {
      long before = residentKb();
      round.run();
      least = Math.min(least, residentKb() - before);
    }
    assertThat(least).isLessThan(SLACK_KB);
  }

  private static void work(
      Trainer trainer, Generator generator, List<GenerationRequest> requests, int times) {
    for (int i = 0; i < times; i++) {
      trainer.next();
      if (i % 10 == 0) {
        generator.generate(requests);
      }
    }
  }

  private static long residentKb() throws IOException {
    System.gc();
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
