package dev.tuneline.gateway.http;

/** Gives each completion its id, {@code chatcmpl-...}, unique in the installation. */
@FunctionalInterface
public interface CompletionIds {
  String next();
}
