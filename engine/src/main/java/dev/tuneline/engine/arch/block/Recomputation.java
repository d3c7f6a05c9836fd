package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.kernel.Kernel;

/**
 * One forward and backward that remembers what enters each block and computes the rest again (Chen
 * et al. 2016): memory for one block's intermediate values, not for all.
 *
 * <p>A tensor that several blocks use must be a leaf; what it was computed from would be freed by
 * the backward of the first of them.
 */
final class Recomputation {
  private final DecoderStack stack;
  private final Batch batch;
  private final int blocks;
  private final PtNDArray[] inputs;

  Recomputation(DecoderStack stack, Batch batch) {
    this.stack = stack;
    this.batch = batch;
    this.blocks = stack.blocks().size();
    this.inputs = new PtNDArray[blocks + 1];
  }

  /** See {@link dev.tuneline.engine.arch.Decoder#backward}. */
  PtNDArray backward(HeadLoss loss, PtNDArray gradient) {
    try (var _ = GradientMode.on();
        Scope scope = new Scope()) {
      Pass pass = stack.pass(batch);
      PtNDArray entered = stack.enter(batch);
      boolean trainedEntry = Kernel.recorded(entered);
      int lowest = forward(trainedEntry ? JniUtils.detachGradient(entered) : entered, pass);
      if (trainedEntry) {
        lowest = 0;
      }
      PtNDArray top = inputs[blocks];
      top.setRequiresGradient(lowest < blocks);
      PtNDArray value;
      try (Scope leaving = new Scope()) {
        value = leaving.keep(loss.backward(stack.leave(top), gradient));
      }
      for (int i = blocks - 1; i >= lowest; i--) {
        backward(i, i > lowest || trainedEntry, pass);
      }
      if (trainedEntry) {
        JniUtils.backward(entered, JniUtils.getGradient(inputs[0]), false, false);
      }
      return scope.keep(value);
    }
  }

  /**
   * Computes the inputs of all blocks, none of them with a history.
   *
   * @return the lowest block with something to train, where gradients end
   */
  private int forward(PtNDArray entered, Pass pass) {
    int lowest = blocks;
    inputs[0] = entered;
    for (int i = 0; i < blocks; i++) {
      try (var _ = lowest < i ? GradientMode.off() : GradientMode.on();
          Scope scope = new Scope()) {
        PtNDArray output = stack.block(i, inputs[i], pass);
        if (Kernel.recorded(output)) {
          lowest = i;
          output = JniUtils.detachGradient(output);
        }
        inputs[i + 1] = scope.keep(output);
      }
    }
    return lowest;
  }

  /** From the gradient of a block's output to those of its parameters, and of its input. */
  private void backward(int block, boolean further, Pass pass) {
    try (Scope _ = new Scope()) {
      inputs[block].setRequiresGradient(further);
      PtNDArray output = stack.block(block, inputs[block], pass);
      JniUtils.backward(output, JniUtils.getGradient(inputs[block + 1]), false, false);
    }
    inputs[block + 1].close();
  }
}
