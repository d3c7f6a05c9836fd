package dev.tuneline.engine.tensor;

import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;

/**
 * The native library: started once per process, set up once per thread.
 *
 * <p>Thread rules: tensor work belongs on platform threads, because gradient mode is native state
 * of the carrier thread. Any number of threads may run forwards over one model; a trained parameter
 * belongs to one thread.
 */
public final class Torch {
  private static final Engine ENGINE = start();
  private static final ThreadLocal<Boolean> READY = ThreadLocal.withInitial(() -> false);

  private Torch() {}

  private static Engine start() {
    // OpenMP's default is to spin at barriers: with other work on the cores, steps took ten times
    // as
    // long.
    NativeEnvironment.setIfAbsent("OMP_WAIT_POLICY", "PASSIVE");
    // The natives are on the class path; nothing may be fetched or reported over the network.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
    Engine engine = Engine.getEngine("PyTorch");
    if (System.getProperty("ai.djl.pytorch.num_threads") == null) {
      JniUtils.setNumThreads(Math.min(2, Runtime.getRuntime().availableProcessors()));
    }
    return engine;
  }

  /** A fresh owner of native memory; closing it frees what it still holds. */
  public static PtNDManager newManager() {
    enterThread();
    return (PtNDManager) ENGINE.newBaseManager();
  }

  /**
   * Makes this thread fit for tensor work; cheap when repeated.
   *
   * @throws IllegalStateException on a virtual thread
   */
  public static void enterThread() {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException("tensor work belongs on platform threads");
    }
    if (!READY.get()) {
      // Without this, concurrent jobs over one model are not bit-equal to solo runs.
      JniUtils.setGraphExecutorOptimize(false);
      READY.set(true);
    }
  }

  /** Sets how many threads one operation may use, for all operations started afterwards. */
  public static void setThreads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be positive: " + threads);
    }
    JniUtils.setNumThreads(threads);
  }

  /** Threads that one operation may use. */
  public static int threads() {
    return JniUtils.getNumThreads();
  }

  /** Version of the native library, e.g. "2.7.1". */
  public static String version() {
    return ENGINE.getVersion();
  }
}
