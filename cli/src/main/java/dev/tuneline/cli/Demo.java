package dev.tuneline.cli;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.ChatMessage;
import dev.tuneline.proto.v1.ChatRequest;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.DeploymentStatus;
import dev.tuneline.proto.v1.GetDeploymentRequest;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.SamplingOptions;
import dev.tuneline.proto.v1.ServingState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The whole path from a recipe to answers, over the doors that every client uses. */
final class Demo {
  private static final Duration DEPLOY_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final int ANSWER_TOKENS = 160;

  private final Connection connection;
  private final Terminal terminal;
  private final InstantSource clock;
  private final DemoCheck check = new DemoCheck();

  Demo(Connection connection, Terminal terminal, InstantSource clock) {
    this.connection = connection;
    this.terminal = terminal;
    this.clock = clock;
  }

  /** Runs the recipe; the answer lists what did not happen as it should. */
  List<String> run(Recipe recipe) {
    JobSpec spec = recipe.spec();
    Chat before = ask(spec.getBaseModel(), recipe.question());
    answer("before (" + spec.getBaseModel() + ")", recipe.question(), before);

    Job job;
    try (Stages stages = new Stages(terminal, clock)) {
      Work work = new Work(connection, stages, clock);
      Dataset dataset =
          work.dataset(recipe.file(), recipe.datasetName(), recipe.mapping(), recipe.cleaning());
      DatasetVersion version = DatasetProgress.newest(dataset);
      terminal.line("rows            " + DatasetProgress.account(version.getAccount()));
      terminal.line("splits          " + DatasetProgress.splits(version));
      check.dataset(dataset);

      Job requested = work.request(spec.toBuilder().setDatasetId(dataset.getDatasetId()).build());
      terminal.line("job             " + requested.getJobId());
      job = work.finish(requested.getJobId());
    }
    terminal.line();
    EvaluationTable.show(job.getEvaluation(), terminal);
    check.job(job);

    String name = job.getSpec().getDeployment().getName();
    check.deployment(awaitDeployment(name, job.getAdapter().getAdapterId()), job.getAdapter());
    Chat after = ask(name, recipe.question());
    check.answers(before, after, job.getAdapter());
    terminal.line();
    answer("before (" + spec.getBaseModel() + ")", recipe.question(), before);
    answer("after (" + name + ")", recipe.question(), after);
    return check.misses();
  }

  private Chat ask(String model, String question) {
    ChatRequest request =
        ChatRequest.newBuilder()
            .setModel(model)
            .addMessages(ChatMessage.newBuilder().setRole("user").setContent(question))
            .setSampling(SamplingOptions.newBuilder().setTemperature(0).setMaxTokens(ANSWER_TOKENS))
            .build();
    return Chat.ask(connection, request, piece -> {});
  }

  private void answer(String who, String question, Chat chat) {
    terminal.line("question        " + question);
    terminal.line(who + ": " + chat.text().replaceAll("\\s+", " ").strip());
    terminal.line();
  }

  /** The deployment once it answers by the adapter, or as it stands when patience ends. */
  private DeploymentStatus awaitDeployment(String name, String adapterId) {
    GetDeploymentRequest request = GetDeploymentRequest.newBuilder().setName(name).build();
    Instant deadline = clock.instant().plus(DEPLOY_TIMEOUT);
    DeploymentStatus status = DeploymentStatus.getDefaultInstance();
    while (clock.instant().isBefore(deadline)) {
      try {
        status =
            connection
                .call(() -> Connection.timely(connection.deployments()).getDeployment(request))
                .getStatus();
      } catch (Problem problem) {
        if (!problem.reason().endsWith("_NOT_FOUND") && !problem.reason().startsWith("UNKNOWN_")) {
          throw problem;
        }
      }
      if (status.getState() == ServingState.SERVING_STATE_FAILED) {
        throw WireProblem.fromProto(status.getProblem());
      }
      if (status.getState() == ServingState.SERVING_STATE_READY
          && status.getDeployment().getTargetsList().stream()
              .anyMatch(target -> target.getAdapter().getAdapterId().equals(adapterId))) {
        return status;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
    return status;
  }
}
