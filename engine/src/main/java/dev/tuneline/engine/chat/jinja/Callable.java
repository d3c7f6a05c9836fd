package dev.tuneline.engine.chat.jinja;

/** What a template can call. */
@FunctionalInterface
interface Callable {
  Object call(Arguments arguments);
}
