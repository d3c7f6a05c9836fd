package dev.tuneline.platform.examples.cleaning;

/** Changes a text. */
@FunctionalInterface
interface TextStep {
  /** The changed text, or the very same object where there is nothing to change; pure. */
  String apply(String text);
}
