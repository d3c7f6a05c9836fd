package dev.tuneline.engine.training;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells whether something failed since the device had no memory left. */
final class MemoryExhausted {
  /** What libtorch's allocators on CPU and GPU, and C++ itself, say then. */
  private static final List<String> SIGNS =
      List.of("can't allocate memory", "not enough memory", "out of memory", "bad_alloc");

  private MemoryExhausted() {}

  static boolean isCauseOf(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (SIGNS.stream().anyMatch(message::contains)) {
        return true;
      }
    }
    return false;
  }
}
