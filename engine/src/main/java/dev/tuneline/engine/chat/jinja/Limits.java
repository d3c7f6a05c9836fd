package dev.tuneline.engine.chat.jinja;

import java.util.List;

/** What a template may make at most, so that a broken or hostile one fails and nothing else. */
final class Limits {
  /** Characters of a text, and items of a list. */
  static final int MAX_SIZE = 16 << 20;

  /** Items of a {@code range}, as in Jinja2's sandbox. */
  static final int MAX_RANGE = 100_000;

  /** Expressions, statements and rounds of loops in one rendering. */
  static final long MAX_STEPS = 10_000_000;

  private Limits() {}

  static String joined(String a, String b) {
    size((long) a.length() + b.length());
    return a.concat(b);
  }

  static <T> List<T> checked(List<T> more, int size) {
    size((long) size + more.size());
    return more;
  }

  /** {@code times}, if that many of {@code size} are not too many. */
  static int times(int size, long times) {
    if (size == 0) {
      return 0;
    }
    size(times > MAX_SIZE ? times : size * times);
    return (int) times;
  }

  static void size(long size) {
    if (size > MAX_SIZE) {
      throw TemplateFailure.of("it makes more than " + MAX_SIZE + " characters or items");
    }
  }
}
