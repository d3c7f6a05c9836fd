package dev.tuneline.engine.tensor;

import ai.djl.pytorch.jni.JniUtils;

/** Switches gradient recording of this thread on or off until closed, then restores what was. */
public final class GradientMode implements AutoCloseable {
  private final boolean before = JniUtils.isGradMode();

  private GradientMode(boolean record) {
    JniUtils.setGradMode(record);
  }

  /** Records operations for backward. */
  public static GradientMode on() {
    Torch.enterThread();
    return new GradientMode(true);
  }

  /** Computes values only. */
  public static GradientMode off() {
    Torch.enterThread();
    return new GradientMode(false);
  }

  @Override
  public void close() {
    JniUtils.setGradMode(before);
  }
}
