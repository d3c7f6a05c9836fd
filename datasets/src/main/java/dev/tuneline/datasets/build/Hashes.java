package dev.tuneline.datasets.build;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Numbers that follow from content and a seed alone, the same in every run. */
final class Hashes {
  private Hashes() {}

  /** A hash of a row's cells, whatever their order. */
  static int of(Map<String, String> cells) {
    return (int) mixed(new TreeMap<>(cells).hashCode(), 0);
  }

  /** A text's SHA-256 in hexadecimal digits. */
  static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** A hash of a text. */
  static int of(String text) {
    return (int) mixed(text.hashCode(), 0);
  }

  /** A number for the seed and a text, such as a source's name. */
  static long seed(long seed, String text) {
    long mixed = seed;
    for (int i = 0; i < text.length(); i++) {
      mixed = mixed(mixed, text.charAt(i));
    }
    return mixed(mixed, text.length());
  }

  /** SplitMix64's finaliser (Steele and others 2014) over a number and the next. */
  static long mixed(long number, long next) {
    long z = number + 0x9E3779B97F4A7C15L * (next + 1);
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
