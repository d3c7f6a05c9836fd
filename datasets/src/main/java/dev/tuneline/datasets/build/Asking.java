package dev.tuneline.datasets.build;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.proto.v1.ChatMessage;
import dev.tuneline.proto.v1.ChatRequest;
import dev.tuneline.proto.v1.ChatResponse;
import dev.tuneline.proto.v1.FinishReason;
import dev.tuneline.proto.v1.InferenceServiceGrpc;
import dev.tuneline.proto.v1.SamplingOptions;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks models of an inference-gateway. Safe for use by several threads. */
final class Asking implements AutoCloseable {
  private static final int CALL_TIMEOUT_SECONDS = 600;
  private static final int MAX_ATTEMPTS = 8;
  private static final long FIRST_WAIT_MS = 250;
  private static final long MAX_WAIT_MS = 10_000;
  private static final Set<String> PASSING =
      Set.of("SERVER_UNAVAILABLE", "DEADLINE_EXCEEDED", "KAFKA_UNAVAILABLE");

  /** How tokens are drawn; what is null is the model's own setting. */
  record Sampling(
      double temperature,
      @Nullable Double topP,
      @Nullable Integer topK,
      @Nullable Double repetitionPenalty,
      int maxTokens) {
    static Sampling of(@Nullable RecipeYaml yaml, double temperature) {
      if (yaml == null) {
        return new Sampling(temperature, null, null, null, 256);
      }
      Sampling sampling =
          new Sampling(
              yaml.decimal("temperature", temperature, 0, 2),
              yaml.has("top_p") ? Double.valueOf(yaml.decimal("top_p", 1, 0, 1)) : null,
              yaml.has("top_k")
                  ? Integer.valueOf((int) yaml.number("top_k", 0, 0, 1_000_000))
                  : null,
              yaml.has("repetition_penalty")
                  ? Double.valueOf(yaml.decimal("repetition_penalty", 1, 0.01, 10))
                  : null,
              (int) yaml.number("max_tokens", 256, 1, 32_768));
      yaml.done();
      return sampling;
    }

    private SamplingOptions options(long seed) {
      SamplingOptions.Builder options =
          SamplingOptions.newBuilder()
              .setTemperature(temperature)
              .setMaxTokens(maxTokens)
              .setSeed(seed);
      if (topP != null) {
        options.setTopP(topP);
      }
      if (topK != null) {
        options.setTopK(topK);
      }
      if (repetitionPenalty != null) {
        options.setRepetitionPenalty(repetitionPenalty);
      }
      return options.build();
    }
  }

  /**
   * A reply.
   *
   * @param complete whether the model ended it, rather than a bound
   */
  record Reply(String text, boolean complete) {}

  private final String gateway;
  private final ManagedChannel channel;

  /**
   * @param gateway {@code host:port}
   */
  Asking(String gateway) {
    if (!gateway.matches(".+:\\d{1,5}")) {
      throw Problem.caller("INVALID_ADDRESS", "'" + gateway + "' is not an address")
          .at(Problem.FIELD, "gateway")
          .mend("write it as HOST:PORT, e.g. 127.0.0.1:9090");
    }
    this.gateway = gateway;
    this.channel = GrpcChannels.open("dns:///" + gateway);
  }

  /**
   * The model's reply to one message; asks again while the gateway is full or away for a moment.
   *
   * @param seed the same seed gives the same reply
   */
  Reply ask(String model, String message, Sampling sampling, long seed)
      throws InterruptedException {
    ChatRequest request =
        ChatRequest.newBuilder()
            .setModel(model)
            .addMessages(ChatMessage.newBuilder().setRole("user").setContent(message))
            .setSampling(sampling.options(seed & Long.MAX_VALUE))
            .build();
    long wait = FIRST_WAIT_MS;
    for (int attempt = 1; ; attempt++) {
      try {
        return reply(request);
      } catch (StatusRuntimeException e) {
        Problem problem = GrpcProblems.fromFailure(e);
        boolean passing = problem.fault() == Fault.EXHAUSTED || PASSING.contains(problem.reason());
        if (!passing || attempt == MAX_ATTEMPTS) {
          throw problem
              .at("gateway", gateway)
              .mend("see to it and build again: it goes on where it ended");
        }
        TimeUnit.MILLISECONDS.sleep(wait);
        wait = Math.min(2 * wait, MAX_WAIT_MS);
      }
    }
  }

  private Reply reply(ChatRequest request) {
    Iterator<ChatResponse> parts =
        InferenceServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(CALL_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .chat(request);
    StringBuilder text = new StringBuilder();
    boolean complete = false;
    while (parts.hasNext()) {
      ChatResponse part = parts.next();
      text.append(part.getText());
      if (part.hasFinish()) {
        complete = part.getFinish().getReason() == FinishReason.FINISH_REASON_STOP;
      }
    }
    return new Reply(text.toString(), complete);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
