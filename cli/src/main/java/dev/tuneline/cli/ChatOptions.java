package dev.tuneline.cli;

import dev.tuneline.proto.v1.SamplingOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How answers are sampled; what is not given is left to the base model. */
final class ChatOptions {
  @Option(names = "--temperature", paramLabel = "N", description = "0 is greedy")
  private @Nullable Double temperature;

  @Option(names = "--top-p", paramLabel = "N")
  private @Nullable Double topP;

  @Option(names = "--top-k", paramLabel = "N", description = "0 means no limit")
  private @Nullable Integer topK;

  @Option(names = "--seed", paramLabel = "N", description = "same seed, same answer")
  private @Nullable Long seed;

  @Option(names = "--max-tokens", paramLabel = "N", description = "0 means what fits the context")
  private int maxTokens;

  @Option(names = "--stop", paramLabel = "TEXT", description = "ends the answer before this text")
  private List<String> stop = List.of();

  SamplingOptions sampling() {
    SamplingOptions.Builder sampling =
        SamplingOptions.newBuilder().setMaxTokens(maxTokens).addAllStop(stop);
    if (temperature != null) {
      sampling.setTemperature(temperature);
    }
    if (topP != null) {
      sampling.setTopP(topP);
    }
    if (topK != null) {
      sampling.setTopK(topK);
    }
    if (seed != null) {
      sampling.setSeed(seed);
    }
    return sampling.build();
  }
}
