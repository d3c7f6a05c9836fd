package dev.tuneline.gateway.answering;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.ChatFinish;

/**
 * Hears one answer: any number of pieces, then either its finish or a problem. Called on the engine
 * loop's thread, so it must not block; what it throws ends its own answer only.
 */
public interface AnswerListener {
  /** The next piece; not empty. */
  void piece(Piece piece);

  /** The answer is whole. */
  void finished(ChatFinish finish);

  /** There will be no more. */
  void failed(Problem problem);
}
