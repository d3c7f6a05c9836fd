package dev.tuneline.datasets.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.datasets.build.TaskJournal.Candidate;
import dev.tuneline.metrics.jieba.Jieba;
import dev.tuneline.metrics.rouge.Rouge;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.service.Service;
import dev.tuneline.platform.testing.TestServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real gateway with tiny-chat makes tasks for recipes/instructions-zh. */
class SelfInstructIT {
  private static final Path RECIPE = Path.of("../recipes/instructions-zh/grow.yaml");
  private static final String TASKS = "out.jsonl.own.tasks.jsonl";

  @TempDir static Path store;
  private static RunningService gateway;

  @TempDir Path folder;
  private String output = "";

  @BeforeAll
  static void start() {
    gateway =
        Service.named("inference-gateway")
            .with("tuneline.kafka.bootstrap-servers", TestServers.kafka().bootstrapServers())
            .with("tuneline.kafka.namespace", TestServers.unique("build") + ".")
            .with("tuneline.artifacts.root", store)
            .with("tuneline.models.root", Path.of("../models"))
            .with("tuneline.http.port", -1)
            .with("tuneline.grpc.port", 0)
            .start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void aPoolGrowsRepeatsAndGoesOnAfterAKill() throws IOException {
    List<String> built = build(folder.resolve("a"), RECIPE);
    byte[] tasks = Files.readAllBytes(folder.resolve("a").resolve(TASKS));

    assertThat(built).filteredOn(line -> line.contains("self-instruct by tiny-chat")).hasSize(12);
    assertThat(built)
        .filteredOn(line -> line.contains("\"source\":\"instructions-zh\""))
        .hasSizeGreaterThan(150);
    tasksAreUnlikeEachOther(folder.resolve("a").resolve(TASKS));

    // As a kill leaves it: some requests are done, the last line is cut short.
    Path again = Files.createDirectory(folder.resolve("b"));
    Files.write(again.resolve(TASKS), List.of(new String(tasks, UTF_8).split("\n")).subList(0, 4));
    Files.writeString(again.resolve(TASKS), "{\"request\":3,\"cand", StandardOpenOption.APPEND);
    assertThat(build(again, RECIPE)).isEqualTo(built);
    assertThat(again.resolve(TASKS)).hasBinaryContent(tasks);
  }

  @Test
  void aPoolOfOtherSettingsIsRefusedAndAGatewayThatIsAwayIsNamed() throws IOException {
    Files.writeString(folder.resolve(TASKS), "{\"settings\":\"others\"}\n");
    assertThat(run(folder, RECIPE, gateway.grpcTarget())).isOne();
    assertThat(output).contains("[OTHER_SETTINGS]", TASKS);
    assertThat(run(folder, RECIPE, "no address")).isOne();
    assertThat(folder.resolve("out.jsonl")).doesNotExist();

    Path recipe = folder.resolve("unknown.yaml");
    Files.writeString(folder.resolve("seeds.csv"), "instruction,output\nq,a\n");
    Files.writeString(
        recipe,
        "sources: [{name: x, self_instruct: {model: no-such-model, seeds: {file: seeds.csv}}}]");
    assertThat(run(folder, recipe, gateway.grpcTarget())).isOne();
    assertThat(output).contains("no-such-model");
  }

  private static void tasksAreUnlikeEachOther(Path journal) throws IOException {
    List<String> pool = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("../recipes/instructions-zh/seeds.csv"))) {
      pool.add(line.substring(0, line.indexOf(',')));
    }
    for (TaskJournal.Entry entry : TaskJournal.read(journal)) {
      for (Candidate candidate : entry.candidates()) {
        double closest =
            pool.stream()
                .mapToDouble(
                    other ->
                        Rouge.CHINESE
                            .scoreOrZero(Jieba.cut(candidate.task()), Jieba.cut(other))
                            .rougeL()
                            .f1())
                .max()
                .orElseThrow();
        if (candidate.kept()) {
          assertThat(closest).isLessThan(0.7);
          assertThat(candidate.answer()).isNotBlank();
          pool.add(candidate.task());
        } else if (candidate.reason().equals("SIMILAR_TASK")) {
          assertThat(closest).isGreaterThanOrEqualTo(0.7);
        }
      }
    }
  }

  private List<String> build(Path to, Path recipe) throws IOException {
    Files.createDirectories(to);
    assertThat(run(to, recipe, gateway.grpcTarget())).as(output).isZero();
    return Files.readAllLines(to.resolve("out.jsonl"));
  }

  private int run(Path to, Path recipe, String target) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, UTF_8);
    int code =
        BuildMain.run(
            out,
            out,
            recipe.toString(),
            "--out",
            to.resolve("out.jsonl").toString(),
            "--gateway",
            target);
    output = bytes.toString(UTF_8);
    return code;
  }
}
