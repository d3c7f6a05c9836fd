package dev.tuneline.platform.artifacts;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The problems that every store reports in the same words. */
final class StoreProblems {
  private StoreProblems() {}

  static Problem missing(String sha256) {
    return Problem.ours("ARTIFACT_MISSING", "the artifact store has no " + sha256, null)
        .at("sha256", sha256)
        .mend("check that tuneline.artifacts.root is the same for all services");
  }

  static Problem corrupt(String sha256, long sizeBytes, long expectedBytes) {
    return Problem.ours(
            "ARTIFACT_CORRUPT",
            sizeBytes == expectedBytes
                ? "artifact " + sha256 + " is damaged: its bytes have another digest"
                : "artifact %s is damaged: it has %d bytes instead of %d"
                    .formatted(sha256, sizeBytes, expectedBytes),
            null)
        .at("sha256", sha256)
        .mend("restore the artifact store from a backup, or store the same bytes again");
  }

  static Problem tooLarge(String what, long maxBytes) {
    return Problem.caller("ARTIFACT_TOO_LARGE", what + " is larger than " + maxBytes + " bytes")
        .at("max_bytes", maxBytes)
        .mend("split it, or raise the limit in the configuration");
  }

  static Problem tooManyFiles(int maxFiles) {
    return Problem.caller("ARTIFACT_TOO_LARGE", "a folder of more than " + maxFiles + " files")
        .at("max_files", maxFiles)
        .mend("store fewer files, or raise the limit in the configuration");
  }

  static Problem folderInvalid(String path, String why) {
    return Problem.caller("ARTIFACT_FOLDER_INVALID", why)
        .at(Problem.FILE, path)
        .mend("keep only regular files and folders in it");
  }

  static Problem sourceUnreadable(String what, IOException cause) {
    return Problem.ours("ARTIFACT_SOURCE_UNREADABLE", "could not read " + what, cause);
  }

  static Problem unavailable(String doing, IOException cause) {
    @Nullable String said = cause.getMessage();
    if (said != null && said.contains("No space left on device")) {
      return Problem.exhausted("ARTIFACT_STORE_FULL", "no space left while " + doing)
          .mend("free space under tuneline.artifacts.root")
          .causedBy(cause);
    }
    return Problem.ours("ARTIFACT_STORE_UNAVAILABLE", "failed while " + doing, cause)
        .mend("check the disk and the permissions under tuneline.artifacts.root");
  }
}
