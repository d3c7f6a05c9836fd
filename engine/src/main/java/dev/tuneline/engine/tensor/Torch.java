package dev.tuneline.engine.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.errors.Problem;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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

  private static final String DEVICE_PROPERTY = "tuneline.device";
  private static final Pattern CUDA = Pattern.compile("cuda(?::([0-9]{1,3}))?");
  private static volatile @Nullable Device device;

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

  /**
   * Where tensors live: what the system property {@code tuneline.device} names ({@code cpu}, {@code
   * cuda} or {@code cuda:N}), else the first GPU that libtorch can use, else the CPU.
   *
   * @throws Problem DEVICE_NOT_AVAILABLE
   */
  public static Device device() {
    @Nullable Device chosen = device;
    if (chosen == null) {
      chosen = chooseDevice(System.getProperty(DEVICE_PROPERTY), ENGINE.getGpuCount());
      device = chosen;
    }
    return chosen;
  }

  /** The name of {@link #device}, such as {@code cpu} or {@code cuda:0}. */
  public static String deviceName() {
    return device().isGpu() ? "cuda:" + device().getDeviceId() : "cpu";
  }

  static Device chooseDevice(@Nullable String name, int gpus) {
    String asked = name == null || name.isBlank() ? gpus > 0 ? "cuda" : "cpu" : name;
    Matcher cuda = CUDA.matcher(asked);
    if (asked.equals("cpu")) {
      return Device.cpu();
    }
    int index = !cuda.matches() ? -1 : cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1));
    if (index < 0 || index >= gpus) {
      throw Problem.caller(
              "DEVICE_NOT_AVAILABLE", "there is no device %s, GPUs: %d".formatted(asked, gpus))
          .at(Problem.FIELD, DEVICE_PROPERTY)
          .mend("use cpu, or cuda:N with a libtorch built for CUDA and a driver that it accepts");
    }
    return Device.gpu(index);
  }

  /** A fresh owner of native memory; closing it frees what it still holds. */
  public static PtNDManager newManager() {
    enterThread();
    return (PtNDManager) ENGINE.newBaseManager(device());
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
