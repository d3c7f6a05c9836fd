package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Generator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Native memory is invisible to the heap, so its leaks are looked for by number and by size. */
class NativeMemoryTest {
  private static final long SLACK_KB = 40_000;

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
      long before = residentKb();
      work(trainer, generator, requests, 60);
      assertThat(base.manager().getManagedArrays()).hasSize(tensors);
      assertThat(residentKb() - before).isLessThan(SLACK_KB);
    }
  }

  @Test
  void loadingAndClosingAHundredTimesKeepsMemoryFlat() throws IOException {
    Path folder = Fixtures.path("models/qwen2-untied");
    Path adapter = Fixtures.path("adapters/qwen2-untied-lora");
    long before = 0;
    for (int i = 0; i < 120; i++) {
      if (i == 20) {
        before = residentKb();
      }
      try (BaseModel base = BaseModel.load(folder);
          var _ = Methods.load(adapter, base)) {
        assertThat(base.manager().getManagedArrays().size()).isGreaterThan(20);
      }
    }
    assertThat(residentKb() - before).isLessThan(SLACK_KB);
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
