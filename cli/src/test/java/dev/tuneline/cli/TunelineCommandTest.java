package dev.tuneline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Value;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TunelineCommandTest {
  @TempDir Path folder;

  private FakeServices services;
  private final RecordedTerminal recorded = new RecordedTerminal(false);

  @BeforeEach
  void start() throws IOException {
    services = new FakeServices();
  }

  @AfterEach
  void stop() {
    services.close();
  }

  @Test
  void tunesAFileToItsEnd() throws IOException {
    byte[] rows = new byte[700_000];
    Arrays.fill(rows, (byte) 'x');
    Path file = Files.write(folder.resolve("rows.csv"), rows);

    int code =
        run(
            "tune",
            file.toString(),
            "--model",
            "tiny-chat",
            "--method",
            "dora",
            "--deploy",
            "qa",
            "--lora-r",
            "4",
            "--target-modules",
            "q_proj,v_proj",
            "--group-by-length",
            "--schedule",
            "polynomial",
            "--schedule-option",
            "power=2",
            "--method-option",
            "use_rslora=true",
            "--method-option",
            "rank_pattern={\"q_proj\": 2}",
            "--eval-steps",
            "0");

    assertThat(recorded.err()).isEmpty();
    assertThat(code).isZero();
    assertThat(services.uploaded.get()).isEqualTo(ByteString.copyFrom(rows));
    assertThat(services.requested.get().getDatasetId()).isEqualTo("ds-1");
    assertThat(services.requested.get().getMethod()).isEqualTo(Method.METHOD_DORA);
    assertThat(services.requested.get().getLora().getR()).isEqualTo(4);
    assertThat(services.requested.get().getLora().getTargetModulesCount()).isEqualTo(2);
    assertThat(services.requested.get().getDeployment().getName()).isEqualTo("qa");
    var training = services.requested.get().getTraining();
    assertThat(training.getGroupByLength()).isTrue();
    assertThat(training.getSchedule()).isEqualTo(Schedule.SCHEDULE_POLYNOMIAL);
    assertThat(training.getScheduleOptions().getFieldsOrThrow("power").getNumberValue())
        .isEqualTo(2);
    assertThat(training.hasEvalSteps()).isTrue();
    assertThat(training.hasEpochs()).isFalse();
    assertThat(services.requested.get().getMethodOptions().getFieldsMap())
        .containsEntry("use_rslora", Value.newBuilder().setBoolValue(true).build())
        .containsKey("rank_pattern");
    assertThat(recorded.out())
        .contains("3 received = 3 kept + 0 rejected", "step 5/10  loss 1.5000")
        .containsPattern("loss +3.0000 +1.5000 +0.50")
        .contains("gate: passed");
  }

  @Test
  void anUploadThatBreaksIsContinued() throws IOException {
    byte[] rows = new byte[700_000];
    new Random(1).nextBytes(rows);
    Path file = Files.write(folder.resolve("rows.csv"), rows);
    services.breaks.set(2);

    assertThat(run("tune", file.toString(), "--model", "tiny-chat")).isZero();
    assertThat(services.uploaded.get()).isEqualTo(ByteString.copyFrom(rows));
    assertThat(services.breaks).hasNegativeValue();
  }

  @Test
  void aDryRunShowsWhatTheJobWouldTakeAndStartsNothing() throws IOException {
    Path file = Files.writeString(folder.resolve("rows.csv"), "a,b\n1,2\n");

    assertThat(run("tune", file.toString(), "--model", "tiny-chat", "--dry-run")).isZero();
    assertThat(recorded.err()).isEmpty();
    assertThat(recorded.out())
        .contains("steps       75, 3.00 epochs")
        .contains("tokens      41,000, 18,200 of them trained, at most 812 at once")
        .contains("time        about 3:20, by products")
        .contains("memory      3.5 GiB: weights 1.0 GiB, trained 512.0 MiB")
        .contains("free        8.0 GiB on cpu of t-1");
    assertThat(services.requested.get()).isEqualTo(JobSpec.getDefaultInstance());

    assertThat(run("tune", file.toString(), "--model", "huge", "--dry-run")).isEqualTo(1);
    assertThat(recorded.err()).contains("[JOB_DOES_NOT_FIT]", "field spec.precision");
  }

  @Test
  void aZeroIsSentAsAZero() throws IOException {
    Path file = Files.writeString(folder.resolve("rows.csv"), "a,b\n1,2\n");

    assertThat(run("tune", file.toString(), "--model", "tiny-chat", "--warmup-ratio", "0"))
        .isZero();
    assertThat(services.requested.get().getTraining().hasWarmupRatio()).isTrue();
    assertThat(services.requested.get().getTraining().hasEpochs()).isFalse();
  }

  @Test
  void numbersAreCheckedBeforeTheFileIsSent() throws IOException {
    Path file = Files.writeString(folder.resolve("rows.csv"), "a,b\n1,2\n");

    assertThat(run("tune", file.toString(), "--model", "tiny-chat", "--learning-rate", "0"))
        .isEqualTo(1);
    assertThat(recorded.err()).contains("spec.training.learning_rate", "[OUT_OF_RANGE]");
    assertThat(services.uploaded.get()).isEqualTo(ByteString.EMPTY);
  }

  @Test
  void aServicesProblemIsOneLineThatNamesThePlace() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.csv"), "a,b\n1,2\n");

    assertThat(run("tune", file.toString(), "--model", "tiny-chat")).isEqualTo(1);
    assertThat(recorded.err().lines())
        .containsExactly(
            "error: the file has no column 'reply' (file bad.csv, line 1, column reply)"
                + " [MISSING_COLUMN]: add the column, or map it");
  }

  @Test
  void whatIsWrongOnThisSideIsSaidBeforeAnythingIsSent() {
    assertThat(run("tune", "nowhere.csv", "--model", "tiny-chat")).isEqualTo(1);
    assertThat(run("tune", "nowhere.csv", "--model", "tiny-chat", "--method", "magic"))
        .isEqualTo(1);
    assertThat(run("tune", "nowhere.csv")).isEqualTo(1);
    assertThat(recorded.err().lines().toList())
        .hasSize(3)
        .satisfiesExactly(
            line -> assertThat(line).contains("nowhere.csv", "[FILE_NOT_FOUND]"),
            line -> assertThat(line).contains("'magic'", "field --method", "use one of lora"),
            line -> assertThat(line).contains("field --model"));
  }

  @Test
  void usageErrorsAreCodeTwo() {
    assertThat(run("tune", "--epochs", "many")).isEqualTo(2);
    assertThat(run("dance")).isEqualTo(2);
    assertThat(run("chat", "hello")).isEqualTo(2);
  }

  @Test
  void showsJobsAndAnswers() {
    assertThat(run("job", "job-1")).isZero();
    assertThat(run("eval", "job-1")).isZero();
    assertThat(run("chat", "--model", "qa", "起诉")).isZero();
    assertThat(recorded.out()).contains("state       deployed", "可以，起诉");

    assertThat(run("job", "job-2")).isEqualTo(1);
    assertThat(recorded.err()).contains("job job-2", "[JOB_NOT_FOUND]");
  }

  @Test
  void saysWhenNobodyAnswers() {
    services.close();

    assertThat(run("jobs")).isEqualTo(1);
    assertThat(recorded.err())
        .contains("no Tuneline answers at " + services.address(), "tuneline up");
  }

  private int run(String... args) {
    return TunelineCommand.run(
        recorded.terminal,
        Stream.concat(Stream.of(args), Stream.of("--server", services.address()))
            .toArray(String[]::new));
  }
}
