package dev.tuneline.platform.artifacts;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.ArtifactRef;

/** The one form of a reference: {@code file:sha256/ab/ab12...}, relative to the store. */
final class Refs {
  private static final String SCHEME = "file:";
  private static final int SHA256_HEX_DIGITS = 64;

  private Refs() {}

  static boolean isSha256(String text) {
    return text.length() == SHA256_HEX_DIGITS
        && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  /** The blob's path below the store's root. */
  static String relativePath(String sha256) {
    if (!isSha256(sha256)) {
      throw invalid("sha256 must be 64 lower-case hexadecimal digits", sha256);
    }
    return "sha256/" + sha256.substring(0, 2) + "/" + sha256;
  }

  static ArtifactRef of(String sha256, long sizeBytes, String mediaType) {
    return ArtifactRef.newBuilder()
        .setUri(SCHEME + relativePath(sha256))
        .setSha256(sha256)
        .setSizeBytes(sizeBytes)
        .setMediaType(mediaType)
        .build();
  }

  /** Refuses every reference that {@link #of} would not have made. */
  static void check(ArtifactRef ref) {
    if (!ref.getUri().equals(SCHEME + relativePath(ref.getSha256()))) {
      throw invalid("uri is not that of its digest", ref.getUri());
    }
    if (ref.getSizeBytes() < 0) {
      throw invalid("size_bytes is negative", ref.getUri());
    }
  }

  static void checkFolder(ArtifactRef ref) {
    check(ref);
    if (!ref.getMediaType().equals(ArtifactStore.FOLDER_MEDIA_TYPE)) {
      throw invalid("media type " + ref.getMediaType() + " is not a folder's", ref.getUri());
    }
  }

  private static Problem invalid(String why, String uri) {
    String shown = uri.length() > 100 ? uri.substring(0, 100) + "..." : uri;
    return Problem.caller("ARTIFACT_REF_INVALID", "not a reference to an artifact: " + why)
        .at("uri", shown)
        .mend("use a reference exactly as Tuneline returned it");
  }
}
