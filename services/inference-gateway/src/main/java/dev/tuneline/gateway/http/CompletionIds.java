package dev.tuneline.gateway.http;

/** Gives each completion its id, unique in the installation. */
@FunctionalInterface
public interface CompletionIds {
  /** An id that begins with {@code prefix}. */
  String next(String prefix);
}
