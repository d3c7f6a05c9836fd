package dev.tuneline.preprocess.shard;

import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.chat.ExampleEncoder.TrainedTurns;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.preprocess.example.RowReading;
import dev.tuneline.preprocess.shard.TextModels.TextModel;
import dev.tuneline.proto.v1.PreviewRowRequest;
import dev.tuneline.proto.v1.PreviewRowResponse;
import dev.tuneline.proto.v1.PreviewToken;
import dev.tuneline.proto.v1.RowReceived;
import java.util.List;

/** Shows what a model would see of a row; stores nothing. */
public final class Preview {
  /** More than any base model's context, where the request names no cutoff. */
  private static final int MAX_CUTOFF_TOKENS = 1 << 20;

  private final TextModels models;

  public Preview(TextModels models) {
    this.models = models;
  }

  /** The row as text and tokens, or why it would be rejected. */
  public PreviewRowResponse preview(PreviewRowRequest request) {
    int cutoff = request.getCutoffTokens();
    if (cutoff < 0 || cutoff > MAX_CUTOFF_TOKENS) {
      throw Problem.caller("OUT_OF_RANGE", "cutoff_tokens is not usable")
          .at(Problem.FIELD, "cutoff_tokens")
          .mend("give 1 to %d, or 0".formatted(MAX_CUTOFF_TOKENS));
    }
    TextModel model = models.get(request.getBaseModel(), "base_model");
    RowReceived row = RowReceived.newBuilder().putAllCells(request.getCellsMap()).build();
    return switch (new RowReading(Layouts.of(request.getMapping()), List.of()).read(row)) {
      case RowReading.Outcome.Rejected rejected ->
          PreviewRowResponse.newBuilder().setRejection(rejected.rejection()).build();
      case RowReading.Outcome.Kept kept ->
          show(
              kept.example(),
              model,
              cutoff == 0 ? models.contextTokens(request.getBaseModel(), "base_model") : cutoff);
    };
  }

  private static PreviewRowResponse show(Example example, TextModel model, int cutoff) {
    List<ChatMessage> messages = SplitEncoding.messages(example);
    EncodedExample encoded =
        new ExampleEncoder(model.tokenizer(), model.template(), cutoff)
            .conversation(messages, TrainedTurns.LAST);
    PreviewRowResponse.Builder response =
        PreviewRowResponse.newBuilder()
            .setRendered(model.template().render(messages, false))
            .setCutTokens(encoded.truncatedTokens());
    for (int i = 0; i < encoded.length(); i++) {
      int id = encoded.inputIds()[i];
      response.addTokens(
          PreviewToken.newBuilder()
              .setId(id)
              .setText(model.tokenizer().tokenText(id))
              .setTrained(encoded.labels()[i] != EncodedExample.IGNORED));
    }
    return response.build();
  }
}
