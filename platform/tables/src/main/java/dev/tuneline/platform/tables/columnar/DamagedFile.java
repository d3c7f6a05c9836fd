package dev.tuneline.platform.tables.columnar;

import dev.tuneline.errors.Problem;
import org.jspecify.annotations.Nullable;

/** Problems of files that are not what their first bytes say. */
final class DamagedFile {
  private DamagedFile() {}

  /** A part of the metadata that must be there. */
  static <T> T required(@Nullable T part) {
    if (part == null) {
      throw new IllegalArgumentException("a part of the metadata is missing");
    }
    return part;
  }

  static Problem problem(String format, String file, Throwable cause) {
    return Problem.caller(
            "DAMAGED_FILE", "the " + format + " file cannot be read: " + cause.getMessage())
        .at(Problem.FILE, file)
        .mend("write the file again")
        .causedBy(cause);
  }

  static Problem unsupported(String format, String file, String what) {
    return Problem.caller("UNSUPPORTED_FILE", "the " + format + " file has " + what)
        .at(Problem.FILE, file)
        .mend("write the file again with other settings, for instance compressed with zstd");
  }

  static Problem blockTooLarge(String format, String file, long bytes, int bound) {
    return Problem.caller(
            "BLOCK_TOO_LARGE",
            "the %s file has a block of %d bytes, at most %d are unpacked"
                .formatted(format, bytes, bound))
        .at(Problem.FILE, file)
        .mend("write the file with smaller row groups or batches");
  }
}
