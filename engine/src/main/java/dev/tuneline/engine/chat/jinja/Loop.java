package dev.tuneline.engine.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a loop's body knows as {@code loop}. */
final class Loop implements Members {
  private final List<?> items;
  private final int depth;
  private int at = -1;
  private @Nullable Object seen;

  Loop(List<?> items, int depth) {
    this.items = items;
    this.depth = depth;
  }

  boolean advance() {
    return ++at < items.size();
  }

  Object item() {
    return items.get(at);
  }

  @Override
  public @Nullable Object member(String name) {
    return switch (name) {
      case "index" -> at + 1L;
      case "index0" -> (long) at;
      case "revindex" -> (long) items.size() - at;
      case "revindex0" -> items.size() - at - 1L;
      case "first" -> at == 0;
      case "last" -> at == items.size() - 1;
      case "length" -> (long) items.size();
      case "depth" -> depth + 1L;
      case "depth0" -> (long) depth;
      case "previtem" -> at > 0 ? items.get(at - 1) : new Undefined("there is no previous item");
      case "nextitem" ->
          at + 1 < items.size() ? items.get(at + 1) : new Undefined("there is no next item");
      case "cycle" -> (Callable) this::cycle;
      case "changed" -> (Callable) this::changed;
      default -> null;
    };
  }

  private Object cycle(Arguments a) {
    if (a.positional().isEmpty()) {
      throw TemplateFailure.of("no items for cycling given");
    }
    return a.positional().get(at % a.positional().size());
  }

  private Object changed(Arguments a) {
    Tuple now = new Tuple(a.positional());
    boolean changed = seen == null || !Python.same(seen, now);
    seen = now;
    return changed;
  }
}
