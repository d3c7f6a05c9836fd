package dev.tuneline.gateway.grpc;

import dev.tuneline.gateway.answering.Piece;
import dev.tuneline.proto.v1.ChatFinish;
import dev.tuneline.proto.v1.ChatResponse;
import dev.tuneline.proto.v1.CompleteResponse;

/** The messages of the streaming calls. */
final class StreamMessages {
  private StreamMessages() {}

  static final class OfChat implements StreamedAnswers.Messages<ChatResponse> {
    @Override
    public ChatResponse piece(int index, Piece piece) {
      return ChatResponse.newBuilder()
          .setIndex(index)
          .setText(piece.text())
          .addAllLogprobs(piece.logProbs())
          .build();
    }

    @Override
    public ChatResponse finish(int index, ChatFinish finish) {
      return ChatResponse.newBuilder().setIndex(index).setFinish(finish).build();
    }
  }

  static final class OfCompletion implements StreamedAnswers.Messages<CompleteResponse> {
    @Override
    public CompleteResponse piece(int index, Piece piece) {
      return CompleteResponse.newBuilder()
          .setIndex(index)
          .setText(piece.text())
          .addAllLogprobs(piece.logProbs())
          .build();
    }

    @Override
    public CompleteResponse finish(int index, ChatFinish finish) {
      return CompleteResponse.newBuilder().setIndex(index).setFinish(finish).build();
    }
  }
}
