package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/**
 * One forward and backward, block by block: a block's memory is free when its backward is done.
 *
 * <p>A tensor that several blocks use must be a leaf; what it was computed from would be freed by
 * the backward of the first of them.
 */
final class BlockwiseBackward {
  private final DecoderStack stack;
  private final Batch batch;
  private final boolean recomputed;
  private final int blocks;
  private final PtNDArray[] inputs;
  private final @Nullable Trace[] traces;
  private int lowest;

  /**
   * @param recomputed whether only what enters each block is remembered, and its trace made again
   *     (Chen et al. 2016): memory for one block's intermediate values, not for all
   */
  BlockwiseBackward(DecoderStack stack, Batch batch, boolean recomputed) {
    this.stack = stack;
    this.batch = batch;
    this.recomputed = recomputed;
    this.blocks = stack.blocks().size();
    this.inputs = new PtNDArray[blocks + 1];
    this.traces = new Trace[blocks];
  }

  /** See {@link dev.tuneline.engine.arch.Decoder#backward}. */
  PtNDArray backward(HeadLoss loss, PtNDArray gradient) {
    try (var _ = GradientMode.on();
        Scope scope = new Scope()) {
      Pass pass = stack.pass(batch);
      PtNDArray entered = stack.enter(batch);
      boolean trainedEntry = Kernel.recorded(entered);
      inputs[0] = trainedEntry ? JniUtils.detachGradient(entered) : entered;
      lowest = trainedEntry ? 0 : blocks;
      for (int i = 0; i < blocks; i++) {
        forward(i, pass, i > lowest || trainedEntry);
      }
      PtNDArray top = inputs[blocks];
      top.setRequiresGradient(lowest < blocks || trainedEntry);
      PtNDArray value;
      try (Scope leaving = new Scope()) {
        value = leaving.keep(loss.backward(stack.leave(top, batch), gradient));
      }
      if (lowest < blocks) {
        @Nullable PtNDArray ofEntry = backward(JniUtils.getGradient(top), pass, trainedEntry);
        if (ofEntry != null) {
          JniUtils.backward(entered, ofEntry, false, false);
        }
      }
      return scope.keep(value);
    }
  }

  /** Computes a block's output and finds the lowest block with something to train. */
  private void forward(int block, Pass pass, boolean further) {
    if (recomputed && further) {
      try (var _ = GradientMode.off();
          Scope scope = new Scope()) {
        inputs[block + 1] = scope.keep(stack.block(block, inputs[block], pass));
      }
      return;
    }
    Trace trace = stack.trace(block, inputs[block], pass, further);
    inputs[block + 1] = trace.output();
    lowest = trace.trained() ? Math.min(lowest, block) : lowest;
    if (recomputed || lowest > block) {
      trace.close();
    } else {
      traces[block] = trace;
    }
  }

  private @Nullable PtNDArray backward(PtNDArray ofTop, Pass pass, boolean trainedEntry) {
    @Nullable PtNDArray gradient = ofTop;
    for (int i = blocks - 1; i >= lowest && gradient != null; i--) {
      inputs[i + 1].close();
      try (Scope scope = new Scope()) {
        @Nullable Trace kept = traces[i];
        boolean further = i > lowest || trainedEntry;
        PtNDArray ofOutput = gradient;
        try (Trace trace = kept == null ? stack.trace(i, inputs[i], pass, further) : kept) {
          gradient = trace.backward(ofOutput);
        }
        ofOutput.close();
        if (gradient != null) {
          scope.keep(gradient);
        }
      }
    }
    return gradient;
  }
}
