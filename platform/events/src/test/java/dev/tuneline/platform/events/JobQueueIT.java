package dev.tuneline.platform.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobClaimed;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobPaused;
import dev.tuneline.proto.v1.JobResumed;
import dev.tuneline.proto.v1.JobStarted;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.JobTrained;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JobQueueIT {
  private static final String GROUP = "trainers";

  private final List<String> begun = new CopyOnWriteArrayList<>();
  private EventLogFixture log;

  @BeforeEach
  void open() {
    log = new EventLogFixture();
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void theHighestPriorityIsTakenFirstAndOfEqualsTheOldest() {
    log.queue("first", 0);
    log.queue("last", -5);
    log.queue("second", 0);
    log.queue("urgent", 7);

    join("one", new Training());

    log.awaitState("last", JobState.JOB_STATE_TRAINED);
    assertThat(begun).containsExactly("one urgent", "one first", "one second", "one last");
  }

  @Test
  void aFreeMemberTakesAJobWhicheverPartitionItIsIn() {
    // More members than the topic has partitions, and jobs that all stand in one of them; none is
    // trained before each has a member.
    int members = Topics.JOBS.partitions() + 1;
    List<String> ids = idsInOnePartition(members);
    for (int i = 0; i < members; i++) {
      join("member-" + i, new Training(() -> begun.size() == members));
    }

    ids.forEach(id -> log.queue(id, 0));

    ids.forEach(id -> log.awaitState(id, JobState.JOB_STATE_TRAINED));
    assertThat(begun).hasSize(members);
    assertThat(begun.stream().map(each -> each.substring(0, each.indexOf(' '))))
        .doesNotHaveDuplicates();
  }

  @Test
  void everyJobIsDoneOnceHoweverManyWantIt() {
    List<String> ids = IntStream.range(0, 30).mapToObj(i -> "job-" + i).toList();
    for (int i = 0; i < 3; i++) {
      join("member-" + i, new Training());
    }

    ids.forEach(id -> log.queue(id, 0));

    ids.forEach(id -> log.awaitState(id, JobState.JOB_STATE_TRAINED));
    assertThat(begun.stream().map(each -> each.substring(each.indexOf(' ') + 1)))
        .containsExactlyInAnyOrderElementsOf(ids);
  }

  @Test
  void whatAMemberThatLeavesHadBegunIsGoneOnWithAtOnce() throws Exception {
    JobQueue first = join("first", new Training(() -> false));
    log.queue("job", 0);
    log.awaitState("job", JobState.JOB_STATE_TRAINING);

    first.close();

    assertThat(log.job("job").getClaim().getHolder()).isEmpty();
    join("second", new Training());
    log.awaitState("job", JobState.JOB_STATE_TRAINED);
    assertThat(log.job("job").getClaim().getNumber()).isEqualTo(2);
  }

  @Test
  void theJobOfAMemberThatIsGoneIsTakenOverUnlessItFelledManyBefore() {
    log.queue("job", 0);
    claimedByGone("job", 1);
    log.queue("deadly", 0);
    for (int claim = 1; claim <= 5; claim++) {
      claimedByGone("deadly", claim);
    }

    join("next", new Training());

    log.awaitState("job", JobState.JOB_STATE_TRAINED);
    assertThat(log.job("job").getClaim().getNumber()).isEqualTo(2);
    log.awaitState("deadly", JobState.JOB_STATE_FAILED);
    assertThat(log.job("deadly").getProblem().getReason()).isEqualTo("TRAINERS_LOST");
    assertThat(begun).containsExactly("next job");
  }

  @Test
  void aPausedJobIsLetGoUntilItIsResumedAndACancelledOneForGood() {
    Set<String> held = ConcurrentHashMap.newKeySet();
    held.addAll(Set.of("paused", "cancelled"));
    join("one", new Training(held));
    log.queue("paused", 5);
    log.awaitState("paused", JobState.JOB_STATE_TRAINING);
    log.queue("cancelled", 0);

    log.say("paused", JobEvent.newBuilder().setPaused(JobPaused.getDefaultInstance()));

    log.awaitState("cancelled", JobState.JOB_STATE_TRAINING);
    assertThat(log.job("paused").getState()).isEqualTo(JobState.JOB_STATE_PAUSED);
    assertThat(log.job("paused").getClaim().getHolder()).isEmpty();
    log.cancel("cancelled");
    held.clear();
    log.say("paused", JobEvent.newBuilder().setResumed(JobResumed.getDefaultInstance()));
    log.awaitState("paused", JobState.JOB_STATE_TRAINED);
    assertThat(log.job("cancelled").getState()).isEqualTo(JobState.JOB_STATE_CANCELLED);
  }

  @Test
  void aCallersProblemIsFinalAtOnceAndOursAfterTheTriesOfAll() {
    Map<String, Problem> broken =
        Map.of(
            "wrong", Problem.caller("WRONG", "wrong"),
            "broken", Problem.ours("BROKEN", "broken", null));
    Training step =
        new Training() {
          @Override
          public void perform(Job job, Cancellation cancellation) {
            begun.add(job.getJobId());
            throw broken.get(job.getJobId());
          }
        };
    join("one", step);
    join("two", step);

    log.queue("wrong", 0);
    log.queue("broken", 0);

    log.awaitState("wrong", JobState.JOB_STATE_FAILED);
    log.awaitState("broken", JobState.JOB_STATE_FAILED);
    assertThat(begun).containsOnlyOnce("wrong");
    assertThat(begun.stream().filter("broken"::equals)).hasSize(5);
    assertThat(log.job("broken").getProblem().getReason()).isEqualTo("BROKEN");
  }

  @Test
  void aJobThatTakesLongerThanThePollIntervalKeepsItsMember() {
    Duration interval = Duration.ofSeconds(1);
    log.close();
    log = new EventLogFixture((int) interval.toMillis());
    AtomicBoolean done = new AtomicBoolean();
    join("one", new Training(done::get));
    join("two", new Training(done::get));
    log.queue("long", 0);
    log.awaitState("long", JobState.JOB_STATE_TRAINING);

    // Who did not poll for so long has left the group by itself.
    await().during(interval.multipliedBy(3)).atMost(EventLogFixture.PATIENCE).until(() -> true);
    assertThat(log.clients.groupMembers(GROUP)).containsExactlyInAnyOrder("one", "two");
    done.set(true);

    log.awaitState("long", JobState.JOB_STATE_TRAINED);
    assertThat(log.job("long").getClaim().getNumber()).isEqualTo(1);
    assertThat(begun).hasSize(1);
  }

  private void claimedByGone(String id, int claim) {
    JobClaimed claimed = JobClaimed.newBuilder().setHolder("gone-" + claim).build();
    log.say(id, JobEvent.newBuilder().setClaim(claim).setClaimed(claimed));
  }

  private List<String> idsInOnePartition(int count) {
    return IntStream.iterate(0, i -> i + 1)
        .mapToObj(i -> "job-" + i)
        .filter(id -> Keyed.partition(Topics.JOBS, id) == 0)
        .limit(count)
        .toList();
  }

  private JobQueue join(String holder, Training step) {
    step.member = holder;
    return log.closing(new JobQueue(log.clients, log.publisher, GROUP, holder, step));
  }

  /** Says that a job is started, and trained as soon as nothing holds it up. */
  private class Training implements Step<Job> {
    private final Predicate<String> done;
    volatile String member = "";

    Training() {
      this(() -> true);
    }

    Training(BooleanSupplier done) {
      this.done = _ -> done.getAsBoolean();
    }

    Training(Set<String> held) {
      this.done = id -> !held.contains(id);
    }

    @Override
    public boolean wants(Job job) {
      return job.getState() == JobState.JOB_STATE_SHARDED
          || job.getState() == JobState.JOB_STATE_TRAINING;
    }

    @Override
    public void perform(Job job, Cancellation cancellation) {
      begun.add(member + " " + job.getJobId());
      say(job, JobEvent.newBuilder().setStarted(JobStarted.getDefaultInstance()));
      await()
          .atMost(EventLogFixture.PATIENCE)
          .until(
              () ->
                  cancellation.isCancelled()
                      || cancellation.isSuspended()
                      || done.test(job.getJobId()));
      if (!cancellation.isCancelled() && !cancellation.isSuspended()) {
        say(job, JobEvent.newBuilder().setTrained(JobTrained.getDefaultInstance()));
      }
    }

    @Override
    public void failed(Job job, Problem problem) {
      var reason = dev.tuneline.proto.v1.Problem.newBuilder().setReason(problem.reason());
      say(job, JobEvent.newBuilder().setFailed(JobFailed.newBuilder().setProblem(reason)));
    }

    private void say(Job job, JobEvent.Builder event) {
      log.say(job.getJobId(), event.setClaim(job.getClaim().getNumber()));
    }
  }
}
