package dev.tuneline.engine.chat.jinja;

import org.jspecify.annotations.Nullable;

/** What has attributes of its own, such as {@code loop}. */
interface Members {
  /** The attribute of that name; null where there is none. */
  @Nullable Object member(String name);
}
