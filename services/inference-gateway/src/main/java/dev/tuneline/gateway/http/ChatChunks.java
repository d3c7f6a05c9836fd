package dev.tuneline.gateway.http;

import dev.tuneline.gateway.answering.Piece;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The events of a streamed chat. */
record ChatChunks(String id, long createdSeconds, ChatCompletionRequest request)
    implements AnswerEvents.Chunks {
  @Override
  public Optional<Object> opening(int index) {
    return Optional.of(choice(index, new ChatChunk.Delta("assistant", ""), null, null));
  }

  @Override
  public Object piece(int index, Piece piece) {
    return choice(
        index,
        new ChatChunk.Delta(null, piece.text()),
        request.options().topLogProbs().isPresent() ? ChatLogProbs.of(piece.logProbs()) : null,
        null);
  }

  @Override
  public Object finish(int index, String finishReason) {
    return choice(index, new ChatChunk.Delta(null, null), null, finishReason);
  }

  @Override
  public Object usage(TokenUsage usage) {
    return chunk(List.of()).withUsage(usage);
  }

  private Object choice(
      int index,
      ChatChunk.Delta delta,
      @Nullable ChatLogProbs logProbs,
      @Nullable String finishReason) {
    ChatChunk chunk = chunk(List.of(new ChatChunk.Choice(index, delta, logProbs, finishReason)));
    return request.includeUsage() ? chunk.withUsage(null) : chunk;
  }

  private ChatChunk chunk(List<ChatChunk.Choice> choices) {
    return new ChatChunk(id, ChatChunk.OBJECT, createdSeconds, request.model(), null, choices);
  }
}
