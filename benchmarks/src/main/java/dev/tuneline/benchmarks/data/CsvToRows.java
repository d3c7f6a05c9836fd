package dev.tuneline.benchmarks.data;

import dev.tuneline.benchmarks.Bench;
import dev.tuneline.benchmarks.Benchmark.Part;
import dev.tuneline.benchmarks.Figure;
import dev.tuneline.benchmarks.Goal;
import dev.tuneline.benchmarks.Medians;
import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.dataset.PublishRows;
import dev.tuneline.ingest.dataset.UploadReading;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.artifacts.FileArtifactStore;
import dev.tuneline.platform.embedded.EmbeddedKafka;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.tables.TableFile;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.RowSource;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A CSV file that has arrived becomes rows.v1: it is looked through for the answer, stored, read
 * again and published into a real broker in this process, until the broker has acknowledged the
 * last row.
 */
record CsvToRows() implements Part {
  private static final int ROUNDS = 3;
  private static final long BYTES = 96L << 20;
  private static final int ROWS_IN_FLIGHT = 2_000;

  @Override
  public String name() {
    return "CSV to rows.v1";
  }

  @Override
  public List<Figure> measure(Bench bench) throws IOException {
    Path folder = Files.createTempDirectory("csv-to-rows-");
    try (EmbeddedKafka kafka = EmbeddedKafka.start(folder.resolve("kafka"), 0);
        KafkaClients clients = new KafkaClients(kafka.bootstrapServers(), "ingest", "");
        EventPublisher publisher =
            new EventPublisher(clients, Clock.systemUTC(), () -> UUID.randomUUID().toString())) {
      clients.ensureTopics((short) 1);
      ArtifactStore artifacts =
          new FileArtifactStore(
              folder.resolve("artifacts"),
              new FileArtifactStore.Limits(1L << 40, 1),
              Clock.systemUTC());
      UploadReading reading = new UploadReading(artifacts, TableLimits.DEFAULT);
      PublishRows publishing = new PublishRows(reading, publisher, ROWS_IN_FLIGHT);
      List<Double> rates = new ArrayList<>();
      for (int round = 0; round <= ROUNDS; round++) {
        Path file = file(bench, folder, round);
        double megabytes = Files.size(file) / 1e6;
        long begin = System.nanoTime();
        long rows = publish(file, "up-" + round, artifacts, reading, publishing);
        double seconds = (System.nanoTime() - begin) / 1e9;
        long stored = clients.endOffsets(Topics.ROWS).values().stream().mapToLong(o -> o).sum();
        if (stored < rows * (round + 1)) {
          throw Problem.ours("ROWS_LOST", "%d of the rows are in the log".formatted(stored), null);
        }
        if (round > 0) { // the first warms up
          rates.add(megabytes / seconds);
        }
        Files.delete(file);
      }
      return List.of(
          new Figure(
              "CSV to rows.v1, one process",
              Medians.of(rates, null),
              "MB/s",
              Goal.of(">= 40 MB/s")));
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** What ingest does with a file once its bytes are there; returns how many rows it has. */
  private static long publish(
      Path file,
      String uploadId,
      ArtifactStore artifacts,
      UploadReading reading,
      PublishRows publishing) {
    RowSource source = RowSource.newBuilder().setUploadId(uploadId).setFile("rows.csv").build();
    TableFile table = reading.detect(file, "rows.csv");
    UploadResult looked = reading.read(table, source, Layouts.recognised(), (index, row) -> {});
    ArtifactRef stored = artifacts.put(file, table.mediaType());
    Upload upload =
        Upload.newBuilder().setUploadId(uploadId).setFileName("rows.csv").setFile(stored).build();
    try {
      publishing.perform(
          Dataset.newBuilder()
              .setDatasetId("ds-benchmark")
              .setState(DatasetState.DATASET_STATE_OPEN)
              .addUploads(upload)
              .build(),
          new Cancellation());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.ours("INTERRUPTED", "interrupted while publishing", e);
    }
    return looked.getRowsPublished();
  }

  /** The lines of a recipe again and again. */
  private static Path file(Bench bench, Path folder, int round) throws IOException {
    byte[] recipe = Files.readAllBytes(bench.home().resolve("recipes/legal-qa/legal-qa.csv"));
    int header = 0;
    while (recipe[header] != '\n') {
      header++;
    }
    Path file = folder.resolve("rows-" + round + ".csv");
    try (var out = Files.newOutputStream(file)) {
      out.write(recipe, 0, header + 1);
      for (long written = 0; written < BYTES; written += recipe.length - header) {
        out.write(recipe, header + 1, recipe.length - header - 1);
        if (recipe[recipe.length - 1] != '\n') {
          out.write('\n');
        }
      }
    }
    return file;
  }
}
