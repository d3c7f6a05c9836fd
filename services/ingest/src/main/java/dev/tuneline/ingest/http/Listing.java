package dev.tuneline.ingest.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tuneline.errors.Problem;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.function.Function;

/** A part of a list, as OpenAI's clients page through it. */
@Serdeable
record Listing<T>(String object, List<T> data, @JsonProperty("has_more") boolean hasMore) {
  private static final int MAX_LIMIT = 1_000;

  static <T> Listing<T> of(List<T> data, boolean hasMore) {
    return new Listing<>("list", data, hasMore);
  }

  /** At most {@code limit} of the elements, those behind the one whose id is {@code after}. */
  static <T> Listing<T> part(List<T> all, Function<T, String> id, int limit, String after) {
    check(limit);
    int from = 0;
    if (!after.isEmpty()) {
      from = all.stream().map(id).toList().indexOf(after) + 1;
      if (from == 0) {
        throw Problem.caller("INVALID_PAGE_TOKEN", "after names nothing in this list")
            .at(Problem.FIELD, "after")
            .mend("send the id of the former page's last element");
      }
    }
    int to = Math.min(from + limit, all.size());
    return of(all.subList(from, to), to < all.size());
  }

  static void check(int limit) {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw Problem.caller("OUT_OF_RANGE", "limit is not usable")
          .at(Problem.FIELD, "limit")
          .mend("give 1 to " + MAX_LIMIT);
    }
  }
}
