package dev.tuneline.engine.tensor;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;

/** How much more memory tensors can take now, on the device where they live. */
public final class FreeMemory {
  /** What {@link #bytes} says where nothing tells. */
  public static final long UNKNOWN = Long.MAX_VALUE;

  private static final String GROUPS = "sys/fs/cgroup";

  /** Where version 1 has the limit of a container. */
  private static final String FIRST_GROUPS = "sys/fs/cgroup/memory";

  private final Path root;

  /** Of the machine whose file systems are mounted under {@code root}. */
  FreeMemory(Path root) {
    this.root = root;
  }

  /** Bytes; {@link #UNKNOWN} where the operating system does not tell. */
  public static long bytes() {
    Device device = Torch.device();
    if (device.isGpu()) {
      MemoryUsage used = CudaUtils.getGpuMemory(device);
      return used.getMax() - used.getCommitted();
    }
    return new FreeMemory(Path.of("/")).ofHost();
  }

  /** Bytes that there would be if nothing else took any; {@link #UNKNOWN} as for {@link #bytes}. */
  public static long capacity() {
    Device device = Torch.device();
    return device.isGpu()
        ? CudaUtils.getGpuMemory(device).getMax()
        : new FreeMemory(Path.of("/")).ofWholeHost();
  }

  /** What the kernel could give without swapping, within the limits of this process's cgroups. */
  long ofHost() {
    return bounded("MemAvailable:", this::leftOfGroup);
  }

  /** The same of an idle machine. */
  long ofWholeHost() {
    return bounded("MemTotal:", this::limitOfGroup);
  }

  private long bounded(String key, ToLongFunction<String> ofGroup) {
    return Math.min(number("proc/meminfo", key, 10), ofGroups(ofGroup));
  }

  /** Of cgroups version 2, each group from this process's up to the root may have a limit. */
  private long ofGroups(ToLongFunction<String> ofGroup) {
    String own =
        lines("proc/self/cgroup").stream()
            .filter(line -> line.startsWith("0::/"))
            .map(line -> line.substring("0::/".length()))
            .findFirst()
            .orElse("");
    long bytes = Math.min(ofGroup.applyAsLong(GROUPS), ofGroup.applyAsLong(FIRST_GROUPS));
    for (Path group = Path.of(own); group != null; group = group.getParent()) {
      bytes = Math.min(bytes, ofGroup.applyAsLong(GROUPS + "/" + group));
    }
    return bytes;
  }

  private long limitOfGroup(String folder) {
    return Math.min(
        number(folder + "/memory.max", "", 0), number(folder + "/memory.limit_in_bytes", "", 0));
  }

  private long leftOfGroup(String folder) {
    long limit = limitOfGroup(folder);
    long used =
        Math.min(
            number(folder + "/memory.current", "", 0),
            number(folder + "/memory.usage_in_bytes", "", 0));
    return limit == UNKNOWN || used == UNKNOWN ? UNKNOWN : limit - used + filePages(folder);
  }

  /** Cached pages of files, which make room when it is needed. */
  private long filePages(String folder) {
    long inactive = number(folder + "/memory.stat", "inactive_file ", 0);
    long active = number(folder + "/memory.stat", "active_file ", 0);
    return (inactive == UNKNOWN ? 0 : inactive) + (active == UNKNOWN ? 0 : active);
  }

  /** The number in a line that begins with {@code key}, times 2^{@code shift}. */
  private long number(String file, String key, int shift) {
    for (String line : lines(file)) {
      if (line.startsWith(key)) {
        String digits = line.substring(key.length()).strip().split(" ", -1)[0];
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) << shift : UNKNOWN;
      }
    }
    return UNKNOWN;
  }

  private List<String> lines(String file) {
    try {
      return Files.readAllLines(root.resolve(file));
    } catch (IOException e) {
      return List.of();
    }
  }
}
