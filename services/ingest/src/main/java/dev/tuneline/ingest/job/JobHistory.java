package dev.tuneline.ingest.job;

import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.Fold;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job with the events that made it; one that changed nothing is not among them.
 *
 * @param job as it stands
 * @param newest the last of its events
 */
public record JobHistory(Job job, Entry newest) {
  private static final Fold<Job, JobEvent> STATES = new JobFold();

  /**
   * An event and those before it.
   *
   * @param before null for the request
   */
  public record Entry(Event<JobEvent> event, @Nullable Entry before) {}

  /** Makes a history from events. */
  public static @Nullable JobHistory fold(@Nullable JobHistory history, Event<JobEvent> event) {
    Job before = history == null ? null : history.job();
    Job after = STATES.apply(before, event);
    return after == null || after.equals(before)
        ? history
        : new JobHistory(after, new Entry(event, history == null ? null : history.newest()));
  }

  /** The events, the newest first. */
  public List<Event<JobEvent>> events() {
    List<Event<JobEvent>> events = new ArrayList<>();
    for (Entry entry = newest; entry != null; entry = entry.before()) {
      events.add(entry.event());
    }
    return events;
  }
}
