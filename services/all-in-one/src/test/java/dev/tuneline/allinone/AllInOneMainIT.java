package dev.tuneline.allinone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.proto.v1.CreateDatasetRequest;
import dev.tuneline.proto.v1.DatasetServiceGrpc;
import dev.tuneline.proto.v1.GetDatasetRequest;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AllInOneMainIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;

  @Test
  void servesUntilTerminatedAndRefusesASecondOnItsFolder() throws Exception {
    Path data = folder.resolve("data");
    try (AllInOneProcess first = new AllInOneProcess(data, "--http-port=0", "--grpc-port=0")) {
      String http = first.awaitReady().group(1);
      assertThat(health(http)).contains("\"UP\"");
      ProcessHandle redis = first.redis();

      try (AllInOneProcess second = new AllInOneProcess(data, "--http-port=0", "--grpc-port=0")) {
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.errors())
            .singleElement()
            .asString()
            .contains(data.toString(), "pid " + first.pid(), "[DATA_FOLDER_IN_USE]", "--data DIR");
      }

      first.terminate();
      assertThat(first.nextLine()).isNull();
      assertThat(first.exitCode()).isEqualTo(143);
      await().atMost(SOON).until(() -> !redis.isAlive());
    }
  }

  @Test
  void namesThePortThatIsInUse() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
        AllInOneProcess process =
            new AllInOneProcess(
                folder.resolve("data"), "--http-port=0", "--grpc-port=" + taken.getLocalPort())) {
      assertThat(process.exitCode()).isEqualTo(1);
      assertThat(process.errors())
          .singleElement()
          .asString()
          .contains("port " + taken.getLocalPort(), "[PORT_IN_USE]", "--grpc-port N");
    }
  }

  @Test
  void aKillLosesNothing() throws Exception {
    Path data = folder.resolve("data");
    String datasetId;
    ProcessHandle orphan;
    try (AllInOneProcess killed = new AllInOneProcess(data, "--http-port=0", "--grpc-port=0")) {
      datasetId =
          call(
              killed.awaitReady().group(2),
              stub ->
                  stub.createDataset(CreateDatasetRequest.newBuilder().setName("kept").build())
                      .getDataset()
                      .getDatasetId());
      orphan = killed.redis();
      killed.kill();
    }
    assertThat(orphan.isAlive()).isTrue();
    try (AllInOneProcess again = new AllInOneProcess(data, "--http-port=0", "--grpc-port=0")) {
      String name =
          call(
              again.awaitReady().group(2),
              stub ->
                  stub.getDataset(GetDatasetRequest.newBuilder().setDatasetId(datasetId).build())
                      .getDataset()
                      .getName());
      assertThat(name).isEqualTo("kept");
      assertThat(orphan.isAlive()).isFalse();
    }
  }

  @Test
  void endsWithItsParent() throws Exception {
    Process parent = new ProcessBuilder("cat").start();
    try (AllInOneProcess child =
        new AllInOneProcess(
            folder.resolve("data"), "--http-port=0", "--grpc-port=0", "--parent=" + parent.pid())) {
      child.awaitReady();
      parent.destroyForcibly().waitFor();
      assertThat(child.exitCode()).isZero();
    }
  }

  private static <T> T call(
      String target, Function<DatasetServiceGrpc.DatasetServiceBlockingStub, T> call) {
    ManagedChannel channel = GrpcChannels.open(target);
    try {
      return call.apply(DatasetServiceGrpc.newBlockingStub(channel));
    } finally {
      channel.shutdownNow();
    }
  }

  private static String health(String http) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create(http + "/health")).build(), BodyHandlers.ofString())
          .body();
    }
  }
}
