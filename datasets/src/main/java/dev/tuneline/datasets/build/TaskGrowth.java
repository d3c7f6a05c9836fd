package dev.tuneline.datasets.build;

import dev.tuneline.datasets.build.TaskJournal.Candidate;
import dev.tuneline.datasets.build.TaskJournal.Entry;
import dev.tuneline.datasets.build.TaskPool.Task;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;

/**
 * Grows a pool of tasks until it has as many as are wanted.
 *
 * <p>Requests go out in rounds, as many at once as may be under way. All requests of a round see
 * the pool as it was before it, and each has seeds of its own, so that a run repeats, whatever the
 * order of the replies, and one that was killed goes on as if nothing had happened.
 */
final class TaskGrowth {
  private static final Pattern NUMBERING =
      Pattern.compile("^\\s*(?:\\d{1,3}\\s*[.、．)）:：]|[-*•·])\\s*");

  private final SelfInstruct settings;
  private final long seed;
  private final Path path;
  private final TaskPool pool;
  private long kept;
  private long done;

  TaskGrowth(SelfInstruct settings, long seed, Path path) {
    this.settings = settings;
    this.seed = seed;
    this.path = path;
    this.pool = new TaskPool(settings.seeds(), settings.measure());
  }

  /**
   * Asks until there are enough; what is in the journal already is not asked again.
   *
   * @throws Problem what the gateway says; what is done is kept
   */
  void run() {
    try (TaskJournal journal = TaskJournal.open(path, settings.identity(seed))) {
      List<Task> before = pool.snapshot();
      for (Entry entry : TaskJournal.read(path)) {
        if (done % settings.concurrency() == 0) {
          before = pool.snapshot();
        }
        entry.candidates().stream()
            .filter(Candidate::kept)
            .forEach(candidate -> pool.add(candidate.task()));
        count(entry);
      }
      if (enough()) {
        return;
      }
      try (Asking asking = new Asking(settings.gateway());
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        while (!enough()) {
          if (done % settings.concurrency() == 0) {
            before = pool.snapshot();
          }
          round(before, asking, threads, journal);
        }
      }
    }
  }

  private boolean enough() {
    return kept >= settings.examples() || done >= settings.maxRequests();
  }

  /** What is left of a round. */
  private void round(
      List<Task> before, Asking asking, ExecutorService threads, TaskJournal journal) {
    List<Future<List<Candidate>>> replies = new ArrayList<>();
    try {
      long end = (done / settings.concurrency() + 1) * settings.concurrency();
      for (long request = done; request < end; request++) {
        long number = request;
        replies.add(threads.submit(() -> ask(number, before, asking)));
      }
      for (Future<List<Candidate>> reply : replies) {
        Entry entry = new Entry(done, reply.get().stream().map(this::judged).toList());
        journal.add(entry);
        count(entry);
        if (enough()) {
          return;
        }
      }
    } catch (ExecutionException e) {
      throw Problem.from(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.caller("CANCELLED", "the build was interrupted").causedBy(e);
    } finally {
      replies.forEach(reply -> reply.cancel(true));
    }
  }

  private void count(Entry entry) {
    kept += entry.candidates().stream().filter(Candidate::kept).count();
    done++;
  }

  /** One request for tasks and the answers to those that may be kept. */
  private List<Candidate> ask(long request, List<Task> before, Asking asking)
      throws InterruptedException {
    long requestSeed = Hashes.mixed(seed, request);
    List<Task> shown =
        pool.shots(before, settings.seedShots(), settings.poolShots(), new Random(requestSeed));
    Asking.Reply reply =
        asking.ask(settings.model(), settings.taskPrompt(shown), settings.sampling(), requestSeed);
    List<Candidate> candidates = new ArrayList<>();
    for (String task : tasks(reply)) {
      String flaw = settings.rules().promptFlaw(task);
      if (flaw == null
          && TaskPool.resembles(task, before, settings.measure(), settings.maxRougeL())) {
        flaw = "SIMILAR_TASK";
      }
      if (flaw != null) {
        candidates.add(new Candidate(task, "", flaw));
        continue;
      }
      Asking.Reply answer =
          asking.ask(
              settings.answerModel(),
              settings.answerPrompt().replace("{task}", task),
              settings.answerSampling(),
              Hashes.mixed(requestSeed, candidates.size()));
      String answerFlaw =
          answer.complete() ? settings.rules().flaw(task, answer.text()) : "ANSWER_CUT_SHORT";
      candidates.add(
          new Candidate(task, answer.text().strip(), answerFlaw == null ? "" : answerFlaw));
    }
    return candidates;
  }

  /** The tasks of a reply, one a line; the last line is left out when the reply was cut short. */
  private List<String> tasks(Asking.Reply reply) {
    List<String> lines = new ArrayList<>(reply.text().lines().toList());
    if (!reply.complete() && lines.size() > 1) {
      lines.removeLast();
    }
    return lines.stream()
        .map(line -> NUMBERING.matcher(line).replaceFirst("").strip())
        .filter(line -> !line.isEmpty())
        .distinct()
        .limit(settings.tasksPerRequest())
        .toList();
  }

  /**
   * A candidate beside those that came before it in this round; it joins the pool if it is kept.
   */
  private Candidate judged(Candidate candidate) {
    if (!candidate.kept()) {
      return candidate;
    }
    if (pool.resembles(candidate.task(), settings.maxRougeL())) {
      return new Candidate(candidate.task(), candidate.answer(), "SIMILAR_TASK");
    }
    pool.add(candidate.task());
    return candidate;
  }
}
