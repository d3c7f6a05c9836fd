package dev.tuneline.allinone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.Cleaning;
import dev.tuneline.proto.v1.ConflictAction;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetCreated;
import dev.tuneline.proto.v1.DatasetCut;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.LeakageAction;
import dev.tuneline.proto.v1.LeakageCleaning;
import dev.tuneline.proto.v1.NearDuplicates;
import dev.tuneline.proto.v1.RowPositions;
import dev.tuneline.proto.v1.RowReceived;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes of preprocess share a dataset, of which one version after another is prepared
 * from the same rows. At random moments of that one of them is killed with SIGKILL and started
 * again, twenty times. Every version must be the one that nobody disturbed.
 */
class PreparationKillIT {
  private static final int KILLS = 20;
  private static final int ROWS = 6_000;
  private static final long MAX_PAUSE_MS = 900;
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final String ID = "killed";

  @TempDir Path folder;

  private final Random random = new Random(20);
  private KafkaClients clients;
  private EventPublisher publisher;
  private TopicView<Dataset, DatasetEvent> datasets;
  private List<ServiceProcess> processes;

  @BeforeEach
  void start() {
    String namespace = TestServers.unique("prepare") + "-";
    clients = new KafkaClients(TestServers.kafka().bootstrapServers(), "test", namespace);
    clients.ensureTopics((short) 1);
    publisher = new EventPublisher(clients, Clock.systemUTC(), () -> UUID.randomUUID().toString());
    datasets = new TopicView<>(clients, Topics.DATASETS, new DatasetFold());
    processes = Stream.generate(() -> preprocess(namespace)).limit(3).toList();
    processes.forEach(ServiceProcess::start);
    processes.forEach(ServiceProcess::awaitReady);
  }

  @AfterEach
  void stop() {
    processes.forEach(ServiceProcess::close);
    datasets.close();
    publisher.close();
    clients.close();
  }

  @Test
  void noKillLosesOrDoublesARow() throws Exception {
    publishRows();
    cut(1);
    DatasetVersion calm = content(awaitPrepared(1));
    assertThat(calm.getAccount().getReceived()).isEqualTo(ROWS);
    assertThat(calm.getAccount().getRejectedByReasonMap())
        .containsKeys("MISSING_REPLY", "DUPLICATE", "NEAR_DUPLICATE", "CONFLICTING_ANSWER");

    int version = 2;
    cut(version);
    for (int kills = 0; kills < KILLS; ) {
      await().pollDelay(Duration.ofMillis(random.nextLong(MAX_PAUSE_MS))).until(() -> true);
      if (dataset().getState() == DatasetState.DATASET_STATE_PREPARED) {
        assertThat(content(dataset())).isEqualTo(calm);
        cut(++version);
        continue;
      }
      ServiceProcess victim = processes.get(random.nextInt(processes.size()));
      if (victim.isReady()) {
        victim.killAndStart();
        kills++;
      }
    }
    assertThat(content(awaitPrepared(version))).isEqualTo(calm);
    assertThat(version).as("versions that were prepared amid kills").isGreaterThan(3);
  }

  private void publishRows() {
    publish(
        event()
            .setCreated(
                DatasetCreated.newBuilder()
                    .setName(ID)
                    .setFrom(end())
                    .setCleaning(
                        Cleaning.newBuilder()
                            .setNearDuplicates(NearDuplicates.getDefaultInstance())
                            .setConflicts(ConflictAction.CONFLICT_ACTION_KEEP_FIRST)
                            .setLeakage(
                                LeakageCleaning.newBuilder()
                                    .setAction(LeakageAction.LEAKAGE_ACTION_DROP)))));
    for (int i = 0; i < ROWS; i++) {
      RowReceived row = row(i);
      var _ = publisher.send(Topics.ROWS, row, null);
      if (i % 7 == 0) {
        var _ = publisher.send(Topics.ROWS, row, null); // a redelivery
      }
    }
    publisher.flush();
  }

  /** Of every ten rows one has no answer, and one each repeats, nearly repeats or contradicts. */
  private static RowReceived row(int i) {
    int kind = i % 10;
    int about = kind >= 7 ? i - kind : i;
    StringBuilder answer = new StringBuilder();
    Random words = new Random(about);
    for (int word = 0; word < 60; word++) {
      answer.append((char) (0x4e00 + words.nextInt(5_000)));
    }
    String reply =
        switch (kind) {
          case 5 -> "";
          case 8 -> answer + "。谢谢您";
          case 9 -> "不知道";
          default -> answer.toString();
        };
    return RowReceived.newBuilder()
        .setDatasetId(ID)
        .setRowId("row-" + i)
        .putCells("question", "第" + about + "个问题怎么办？")
        .putCells("reply", reply)
        .build();
  }

  private void cut(int version) {
    publish(event().setCut(DatasetCut.newBuilder().setVersion(version).setUntil(end())));
    await().atMost(LONG).until(() -> dataset().getCutVersion() == version);
  }

  private Dataset awaitPrepared(int version) {
    await()
        .atMost(LONG)
        .failFast(
            () -> assertThat(dataset().getState()).isNotEqualTo(DatasetState.DATASET_STATE_FAILED))
        .until(
            () ->
                dataset().getState() == DatasetState.DATASET_STATE_PREPARED
                    && dataset().getCutVersion() == version);
    return dataset();
  }

  /** The newest version but for its number and time: digest, account, findings, bytes. */
  private static DatasetVersion content(Dataset dataset) {
    return dataset.getVersionsList().getLast().toBuilder().clearVersion().clearPreparedAt().build();
  }

  private Dataset dataset() {
    return datasets.get(ID).orElse(Dataset.getDefaultInstance());
  }

  private static DatasetEvent.Builder event() {
    return DatasetEvent.newBuilder().setDatasetId(ID);
  }

  private void publish(DatasetEvent.Builder event) {
    publisher.publish(Topics.DATASETS, event.build());
  }

  private RowPositions end() {
    return RowPositions.newBuilder().putAllOffsets(clients.endOffsets(Topics.ROWS)).build();
  }

  private ServiceProcess preprocess(String namespace) {
    return new ServiceProcess(
        "preprocess",
        "dev.tuneline.preprocess.PreprocessMain",
        folder,
        List.of(
            "--data",
            folder.resolve("data").toString(),
            "--tuneline.models.root=" + folder,
            "--tuneline.kafka.bootstrap-servers=" + TestServers.kafka().bootstrapServers(),
            "--tuneline.kafka.session-timeout-ms=1000",
            "--tuneline.kafka.namespace=" + namespace));
  }
}
