package dev.tuneline.trainer.progress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process holds, native tensors included. */
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String KEY = "VmRSS:";

  private ResidentMemory() {}

  /** Resident bytes; 0 where the operating system does not tell. */
  public static long bytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(KEY)) {
          return Long.parseLong(line.substring(KEY.length()).replace("kB", "").strip()) << 10;
        }
      }
    } catch (IOException | NumberFormatException e) {
      // not a Linux, or not one that we know: it does not tell
    }
    return 0;
  }
}
