package dev.tuneline.trainer.job;

import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.engine.training.DeviceSpeed;
import dev.tuneline.engine.training.MemoryEstimate;
import dev.tuneline.engine.training.TrainingEstimate;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleFile;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.EstimateTrainingRequest;
import dev.tuneline.proto.v1.EstimateTrainingResponse;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.MemoryNeed;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Says what jobs would take on this trainer's device, and refuses those that do not fit, without
 * loading a weight. Safe for use by several threads.
 */
public final class Estimates {
  /** More are not read: lengths repeat. */
  private static final int MOST_EXAMPLES = 20_000;

  private static final double GIGA = 1e9;

  private final BaseModels baseModels;
  private final ArtifactStore store;
  private final Room room;
  private final Map<Precision, DeviceSpeed> speeds = new EnumMap<>(Precision.class);

  Estimates(BaseModels baseModels, ArtifactStore store, Room room) {
    this.baseModels = baseModels;
    this.store = store;
    this.room = room;
  }

  /**
   * Refuses a job that the device has no memory for.
   *
   * @throws Problem JOB_DOES_NOT_FIT, DEVICE_MEMORY_TAKEN when others have what it needs, or what
   *     the method says of its options
   */
  void requireRoom(JobSpec spec, List<TrainingExample> examples) {
    room.refusal(estimate(new Hyperparameters(spec), spec, examples), room.bytes())
        .ifPresent(
            problem -> {
              throw problem;
            });
  }

  /**
   * What a job would take.
   *
   * @throws Problem whatever would fail the job before its first step, but JOB_DOES_NOT_FIT, which
   *     the answer holds beside the numbers
   */
  public EstimateTrainingResponse answer(EstimateTrainingRequest request) {
    JobSpec spec = request.getSpec();
    Hyperparameters parameters = new Hyperparameters(spec);
    SplitExamples train =
        request.getSplitsList().stream()
            .filter(split -> split.getSplit() == Split.SPLIT_TRAIN)
            .findFirst()
            .orElseThrow(() -> emptySplit("the dataset has no train split"));
    EstimateTrainingResponse.Builder answer =
        EstimateTrainingResponse.newBuilder().setDevice(Torch.deviceName());
    try {
      parameters.requireValidation(
          request.getSplitsList().stream()
              .anyMatch(
                  split -> split.getSplit() == Split.SPLIT_VALIDATION && split.getExamples() > 0));
      List<TrainingExample> examples = encode(spec, train, answer);
      TrainingEstimate estimate = estimate(parameters, spec, examples);
      DeviceSpeed speed = speed(parameters.precision());
      long available = room.bytes();
      fill(answer, estimate, available);
      room.refusal(estimate, available)
          .ifPresent(problem -> answer.setProblem(WireProblem.toProto(problem)));
      return answer
          .setExamples(examples.size())
          .setSeconds(estimate.seconds(speed))
          .setBasedOn(basedOn(train, speed))
          .build();
    } catch (Problem problem) {
      throw parameters.inWordsOfTheJob(problem);
    }
  }

  private TrainingEstimate estimate(
      Hyperparameters parameters, JobSpec spec, List<TrainingExample> examples) {
    try (BaseModel base = baseModels.outline(spec.getBaseModel(), parameters.precision());
        Tunable tunable =
            Methods.start(parameters.method(), parameters.options(base), base, parameters.seed())) {
      return TrainingEstimate.of(base, tunable, examples, parameters.training(examples.size()));
    }
  }

  private static List<EncodedExample> encode(Example example, ExampleEncoder encoder) {
    return switch (example.kind()) {
      case CONVERSATION ->
          List.of(encoder.conversation(messages(example), ExampleEncoder.TrainedTurns.LAST));
      case TEXT -> encoder.pieces(example.answer());
    };
  }

  /** As preprocess will: what keeps no trained token is left out. */
  private List<TrainingExample> encode(
      JobSpec spec, SplitExamples train, EstimateTrainingResponse.Builder answer) {
    Path folder = baseModels.folder(spec.getBaseModel());
    int cutoff = spec.getTraining().getCutoffTokens();
    List<TrainingExample> kept = new ArrayList<>();
    long leftOut = 0;
    long truncated = 0;
    try (Tokenizer tokenizer = Tokenizer.load(folder);
        InputStream file = store.open(train.getFile())) {
      ExampleEncoder encoder = new ExampleEncoder(tokenizer, ChatTemplate.load(folder), cutoff);
      List<EncodedExample> encoded =
          ExampleFile.readFirst(file, MOST_EXAMPLES).parallelStream()
              .flatMap(example -> encode(example, encoder).stream())
              .toList();
      for (EncodedExample example : encoded) {
        truncated += example.truncated() ? 1 : 0;
        if (example.trainedTokens() == 0) {
          leftOut++;
        } else {
          kept.add(new TrainingExample(example.inputIds(), example.labels()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (kept.isEmpty()) {
      throw leftOut == 0
          ? emptySplit("the dataset's train split is empty")
          : Problem.caller(
                  "NO_TRAINED_TOKEN",
                  "no example has a token to learn: all %d have prompts that fill %d tokens"
                      .formatted(leftOut, cutoff))
              .at(Problem.FIELD, "spec.training.cutoff_tokens")
              .mend("raise the cutoff, or add rows with shorter prompts");
    }
    int read = kept.size();
    double times = Math.max(1, (double) train.getExamples() / (read + leftOut));
    for (int i = 0; kept.size() < Math.round(read * times); i++) {
      kept.add(kept.get(i));
    }
    answer
        .setLeftOutExamples(Math.round(leftOut * times))
        .setTruncatedExamples(Math.round(truncated * times));
    return kept;
  }

  private static List<ChatMessage> messages(Example example) {
    return example.messages().stream()
        .map(message -> new ChatMessage(message.role(), message.content()))
        .toList();
  }

  private static Problem emptySplit(String message) {
    return Problem.caller("EMPTY_SPLIT", message)
        .at(Problem.FIELD, "spec.dataset_id")
        .mend("add rows to the dataset and cut it again");
  }

  /** Measured once: a job that runs meanwhile would make the device look slow each time. */
  private synchronized DeviceSpeed speed(Precision precision) {
    return speeds.computeIfAbsent(precision, DeviceSpeed::measure);
  }

  private static void fill(
      EstimateTrainingResponse.Builder answer, TrainingEstimate estimate, long available) {
    MemoryEstimate memory = estimate.memory();
    answer
        .setSteps(estimate.steps())
        .setEpochs(estimate.epochs())
        .setTokens(estimate.tokens())
        .setTrainedTokens(estimate.trainedTokens())
        .setLargestBatchTokens(estimate.largestBatch())
        .setTrainableParameters(estimate.count().trained())
        .setTotalParameters(estimate.count().total())
        .setAvailableBytes(available)
        .setMemory(
            MemoryNeed.newBuilder()
                .setWeightsBytes(memory.weights())
                .setTrainedBytes(memory.trained())
                .setActivationsBytes(memory.activations())
                .setHeadBytes(memory.head())
                .setScratchBytes(memory.scratch())
                .setTotalBytes(memory.total()));
  }

  private static String basedOn(SplitExamples train, DeviceSpeed speed) {
    String text =
        String.format(
            Locale.ROOT,
            "matrix products measured on %s with %d threads: %.0f GFLOP/s in training",
            Torch.deviceName(),
            Torch.threads(),
            speed.flopsPerSecond() / GIGA);
    return train.getExamples() > MOST_EXAMPLES
        ? text + ", and the first %d examples".formatted(MOST_EXAMPLES)
        : text;
  }
}
