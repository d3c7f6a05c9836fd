package dev.tuneline.preprocess.shard;

import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.chat.ExampleEncoder.TrainedTurns;
import dev.tuneline.engine.shard.ShardWriter;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.preprocess.shard.TextModels.TextModel;
import java.util.List;

/**
 * Encodes the examples of one split and refuses what would train wrongly. A conversation of which
 * the cutoff leaves nothing to learn is left out and counted; a plain text is divided instead of
 * cut.
 */
final class SplitEncoding {
  private final TextModel model;
  private final ExampleEncoder encoder;
  private final ShardWriter writer;
  private long truncated;
  private long leftOut;
  private long divided;
  private long ends;

  SplitEncoding(TextModel model, int cutoffTokens, ShardWriter writer) {
    this.model = model;
    this.encoder = new ExampleEncoder(model.tokenizer(), model.template(), cutoffTokens);
    this.writer = writer;
  }

  /**
   * Encodes examples, on as many threads as there are processors, and keeps their order.
   *
   * @throws Problem NO_END_OF_TURN, or what the template says
   */
  void addAll(List<Example> examples) {
    List<List<EncodedExample>> encoded = examples.parallelStream().map(this::encode).toList();
    for (int i = 0; i < encoded.size(); i++) {
      divided += encoded.get(i).size() > 1 ? 1 : 0;
      for (EncodedExample part : encoded.get(i)) {
        add(part, examples.get(i).kind());
      }
    }
  }

  private List<EncodedExample> encode(Example example) {
    try {
      return switch (example.kind()) {
        case CONVERSATION -> List.of(encoder.conversation(messages(example), TrainedTurns.LAST));
        case TEXT -> encoder.pieces(example.answer());
      };
    } catch (Problem problem) {
      throw problem
          .at(Problem.FILE, example.source().file())
          .at(Problem.LINE, example.source().line());
    }
  }

  private void add(EncodedExample encoded, Example.Kind kind) {
    if (encoded.truncated()) {
      truncated++;
    }
    if (encoded.trainedTokens() == 0) {
      leftOut++;
      return;
    }
    if (ends(encoded)) {
      ends++;
    } else if (kind == Example.Kind.CONVERSATION && !encoded.truncated()) {
      throw noEndOfTurn("the chat template ends an answer without a token that stops the model")
          .at(Problem.FIELD, "spec.base_model");
    }
    writer.add(encoded);
  }

  long truncated() {
    return truncated;
  }

  /** Texts that became several examples. */
  long divided() {
    return divided;
  }

  /** Examples of which nothing that could be learnt fits. */
  long leftOut() {
    return leftOut;
  }

  /**
   * Checks that the split can teach.
   *
   * @throws Problem EMPTY_SPLIT, NO_TRAINED_TOKEN or NO_END_OF_TURN
   */
  void requireTrainable(int cutoffTokens) {
    if (writer.examples() + leftOut == 0) {
      throw Problem.caller("EMPTY_SPLIT", "the dataset's train split is empty")
          .at(Problem.FIELD, "spec.dataset_id")
          .mend("add rows to the dataset and cut it again");
    }
    if (writer.trainedTokens() == 0) {
      throw Problem.caller(
              "NO_TRAINED_TOKEN",
              "no example has a token to learn: %d of %d have prompts that fill %d tokens"
                  .formatted(leftOut, leftOut + writer.examples(), cutoffTokens))
          .at(Problem.FIELD, "spec.training.cutoff_tokens")
          .mend("raise the cutoff, add rows with shorter prompts, or add rows");
    }
    if (ends == 0) {
      throw noEndOfTurn("every answer is cut off at %d tokens".formatted(cutoffTokens))
          .at(Problem.FIELD, "spec.training.cutoff_tokens");
    }
  }

  static List<ChatMessage> messages(Example example) {
    return example.messages().stream()
        .map(message -> new ChatMessage(message.role(), message.content()))
        .toList();
  }

  private boolean ends(EncodedExample encoded) {
    int last = EncodedExample.IGNORED;
    for (int label : encoded.labels()) {
      last = label == EncodedExample.IGNORED ? last : label;
    }
    return model.tokenizer().specialTokens().stopIds().contains(last);
  }

  private static Problem noEndOfTurn(String why) {
    return Problem.caller("NO_END_OF_TURN", "the model would not learn where to stop: " + why)
        .mend("raise spec.training.cutoff_tokens, or mend the base model's chat template");
  }
}
