package dev.tuneline.datasets.build;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of a source's rows and of the examples made of them. Rows received = used + rejected;
 * examples made + repeated = written + dropped. For one thread.
 */
final class Account {
  private final Map<String, Long> rejected = new TreeMap<>();
  private final Map<String, Long> dropped = new TreeMap<>();
  private long received;
  private long used;
  private long made;
  private long repeated;
  private long written;

  void received() {
    received++;
  }

  void used() {
    used++;
  }

  void made() {
    made++;
  }

  void repeated() {
    repeated++;
  }

  void written() {
    written++;
  }

  void rejected(String reason) {
    rejected.merge(reason, 1L, Long::sum);
  }

  void dropped(String reason) {
    dropped.merge(reason, 1L, Long::sum);
  }

  long examplesWritten() {
    return written;
  }

  /** Whether both sums are right. */
  boolean closes() {
    return received == used + sum(rejected) && made + repeated == written + sum(dropped);
  }

  /** Adds another source's figures. */
  void add(Account other) {
    other.rejected.forEach((reason, n) -> rejected.merge(reason, n, Long::sum));
    other.dropped.forEach((reason, n) -> dropped.merge(reason, n, Long::sum));
    received += other.received;
    used += other.used;
    made += other.made;
    repeated += other.repeated;
    written += other.written;
  }

  void write(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("rows");
    json.writeNumberField("received", received);
    json.writeNumberField("used", used);
    json.writeNumberField("rejected", sum(rejected));
    write("rejected_by_reason", rejected, json);
    json.writeEndObject();
    json.writeObjectFieldStart("examples");
    json.writeNumberField("made", made);
    json.writeNumberField("repeated", repeated);
    json.writeNumberField("dropped", sum(dropped));
    write("dropped_by_reason", dropped, json);
    json.writeNumberField("written", written);
    json.writeEndObject();
  }

  /** One line for people. */
  @Override
  public String toString() {
    return "%d rows = %d used + %d rejected %s; %d examples made + %d repeated = %d written + %d dropped %s"
        .formatted(
            received,
            used,
            sum(rejected),
            rejected,
            made,
            repeated,
            written,
            sum(dropped),
            dropped);
  }

  private static void write(String name, Map<String, Long> reasons, JsonGenerator json)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, Long> reason : reasons.entrySet()) {
      json.writeNumberField(reason.getKey(), reason.getValue());
    }
    json.writeEndObject();
  }

  private static long sum(Map<String, Long> reasons) {
    return reasons.values().stream().mapToLong(Long::longValue).sum();
  }
}
