package dev.tuneline.gateway.http;

import dev.tuneline.gateway.answering.Piece;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The events of streamed text completions. */
record TextChunks(String id, long createdSeconds, TextCompletionRequest request)
    implements AnswerEvents.Chunks {
  @Override
  public Optional<Object> opening(int index) {
    return Optional.empty();
  }

  @Override
  public Object piece(int index, Piece piece) {
    TextLogProbs logProbs =
        request.options().topLogProbs().isPresent() ? TextLogProbs.of(piece.logProbs()) : null;
    return chunk(List.of(new TextCompletion.Choice(index, piece.text(), logProbs, null)), null);
  }

  @Override
  public Object finish(int index, String finishReason) {
    return chunk(List.of(new TextCompletion.Choice(index, "", null, finishReason)), null);
  }

  @Override
  public Object usage(TokenUsage usage) {
    return chunk(List.of(), usage);
  }

  private TextCompletion chunk(List<TextCompletion.Choice> choices, @Nullable TokenUsage usage) {
    return new TextCompletion(
        id, TextCompletion.OBJECT, createdSeconds, request.model(), choices, usage, null);
  }
}
