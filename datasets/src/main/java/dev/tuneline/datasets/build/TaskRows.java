package dev.tuneline.datasets.build;

import dev.tuneline.platform.tables.TableRecord;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a model wrote, as rows of the layout prompt-response: kept tasks until there are as many as
 * are wanted, and those that were dropped on the way. A row's line is that of its request.
 */
final class TaskRows implements Rows {
  private record Numbered(long line, TaskJournal.Candidate candidate) {}

  private final Iterator<Numbered> candidates;
  private final String model;
  private long left;

  TaskRows(Path journal, SelfInstruct settings) {
    this.candidates =
        TaskJournal.read(journal).stream()
            .flatMap(
                entry ->
                    entry.candidates().stream()
                        .map(candidate -> new Numbered(entry.request() + 2, candidate)))
            .iterator();
    this.model = settings.model();
    this.left = settings.examples();
  }

  @Override
  public @Nullable Incoming next() {
    if (left == 0 || !candidates.hasNext()) {
      return null;
    }
    Numbered next = candidates.next();
    TaskJournal.Candidate candidate = next.candidate();
    if (!candidate.kept()) {
      return new Incoming.Rejected(next.line(), "task", candidate.reason(), candidate.task());
    }
    left--;
    return new Incoming.Row(
        new TableRecord.Row(
            next.line(),
            Map.of("prompt", candidate.task(), "response", candidate.answer()),
            Map.of()),
        List.of("self-instruct by " + model));
  }

  @Override
  public void close() {}
}
