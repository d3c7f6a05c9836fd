package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.Segment;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.errors.Problem;

/**
 * Adds the embedding of its position to each row.
 *
 * @param table [positions, hidden]
 * @param manager owns what a forward makes outside its scope
 */
public record LearnedPositions(PtNDArray table, PtNDManager manager) implements DecoderStack.Entry {
  /**
   * Embeddings [rows, hidden], each with that of its position added.
   *
   * @throws Problem SEQUENCE_TOO_LONG if a sequence, with what its adapter puts in front, has more
   *     positions than the table
   */
  @Override
  public PtNDArray apply(PtNDArray embeddings, Batch batch) {
    long positions = table.getShape().get(0);
    for (Segment segment : batch.segments()) {
      if (segment.end() > positions) {
        throw Problem.caller(
                "SEQUENCE_TOO_LONG",
                "a sequence takes %d positions, the model has %d"
                    .formatted(segment.end(), positions))
            .mend("shorten it; an adapter's virtual tokens count, too");
      }
    }
    PtNDArray rows =
        JniUtils.embedding(Tensors.ofIndices(manager, batch.positions()), table, false);
    return JniUtils.add(embeddings, rows); // [rows, hidden]
  }
}
