package dev.tuneline.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.proto.v1.DatasetServiceGrpc;
import dev.tuneline.proto.v1.GetDatasetRequest;
import dev.tuneline.proto.v1.GetUploadRequest;
import dev.tuneline.proto.v1.GetUploadResponse;
import dev.tuneline.proto.v1.ImportFileRequest;
import dev.tuneline.proto.v1.ImportFileResponse;
import dev.tuneline.proto.v1.RowMapping;
import dev.tuneline.proto.v1.UploadFileRequest;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import dev.tuneline.proto.v1.UploadResult;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of every kind through both doors, streams that break, and files that are fetched. */
class UploadIT {
  private static final Path COLUMNAR = Path.of("../../platform/tables/src/test/resources/columnar");
  private static final RowMapping FORUM =
      RowMapping.newBuilder().setQuestionColumn("cat").setReplyColumn("reply").build();

  @TempDir static Path folder;

  private static IngestSite site;

  @BeforeAll
  static void start() throws Exception {
    site = new IngestSite(folder);
  }

  @AfterAll
  static void stop() {
    site.close();
  }

  @ParameterizedTest
  @CsvSource({
    "plain.csv, delimited, forum",
    "tabs.tsv, delimited, forum",
    "gb18030.csv, delimited, forum",
    "instructions.jsonl, json_lines, instruction",
    "prompt_response.json, json_array, prompt-response",
    "conversations.jsonl, json_lines, conversations",
  })
  void everyTextIsReadAlikeThroughBothDoors(String name, String kind, String layout)
      throws Exception {
    byte[] bytes = Files.readAllBytes(IngestSite.CSV_FILES.resolve(name));

    UploadResult streamed = upload(header("renamed", 0).build(), bytes).getResult();
    JsonNode posted = site.postFile(name, "fine-tune", 200);

    assertThat(streamed.getKind()).isEqualTo(kind);
    assertThat(streamed.getLayout()).isEqualTo(layout);
    assertThat(alike(published(posted.path("id").asText()))).isEqualTo(alike(streamed));
    assertThat(upload(header(name + ".gz", 0).build(), gzip(bytes)).getResult().getRowsPublished())
        .isEqualTo(streamed.getRowsPublished());
  }

  @ParameterizedTest
  @CsvSource({"snappy.parquet, parquet", "zstd.arrow, arrow", "stream.arrow, arrow"})
  void columnsAreReadToo(String name, String kind) throws Exception {
    byte[] bytes = Files.readAllBytes(COLUMNAR.resolve(name));
    UploadHeader header = header(name, 0).setMapping(FORUM).build();

    UploadResult result = upload(header, bytes).getResult();
    JsonNode posted = site.post(COLUMNAR.resolve(name), "fine-tune", 200);

    assertThat(result.getKind()).isEqualTo(kind);
    assertThat(result.getRowsPublished()).isGreaterThan(10);
    assertThat(published(posted.path("id").asText()).getKind()).isEqualTo(kind);
  }

  @Test
  void theNamesOfCharacterSetsDoNotMatter() throws Exception {
    String text = "question,reply\n问题一二三四五六七八,答案一二三四五六七八九十\n";
    for (String charset : List.of("UTF-8", "UTF-16LE", "UTF-16BE", "GB18030", "Big5")) {
      byte[] bytes = text.getBytes(Charset.forName(charset));
      UploadFileResponse response = upload(header("a.csv", 0).build(), bytes);
      assertThat(response.getResult().getRowsPublished()).as(charset).isEqualTo(1);
    }
  }

  @Test
  void aBrokenStreamIsContinued() throws Exception {
    byte[] bytes = Files.readAllBytes(IngestSite.CSV_FILES.resolve("plain.csv"));
    UploadHeader header =
        header("plain.csv", 0)
            .setIdempotencyKey("broken")
            .setSizeBytes(bytes.length)
            .setSha256(sha256(bytes))
            .build();
    Call broken = new Call();
    broken.send(header, bytes, 0, 300);
    await().atMost(IngestSite.PATIENCE).until(() -> standing("broken").getReceivedBytes() == 300);
    broken.call().cancel("test", null);

    UploadFileResponse response = upload(header.toBuilder().setOffset(300).build(), bytes);

    assertThat(response.getResult().getRowsPublished()).isEqualTo(6);
    GetUploadResponse complete = standing("broken");
    assertThat(complete.getComplete()).isTrue();
    assertThat(complete.getReceivedBytes()).isEqualTo(bytes.length);
    UploadFileResponse again = upload(header.toBuilder().setOffset(bytes.length).build(), bytes);
    assertThat(again.getUploadId()).isEqualTo(response.getUploadId());
    assertThat(again.getResult()).isEqualTo(response.getResult());
    assertThat(folder.resolve("data/uploads")).isEmptyDirectory();
  }

  @Test
  void otherBytesThanTheFilesAreRefused() {
    UploadHeader header =
        header("a.csv", 0).setIdempotencyKey("damaged").setSha256("0".repeat(64)).build();

    Problem problem = refusal(header, "question,reply\na,b\n".getBytes(UTF_8));

    assertThat(problem.reason()).isEqualTo("UPLOAD_DAMAGED");
    assertThat(standing("damaged").getReceivedBytes()).isZero();
  }

  @Test
  void aNameThatLeavesTheStoreIsOnlyAName() throws Exception {
    UploadHeader header = header("../../../etc/evil.csv", 0).setIdempotencyKey("../../x").build();

    UploadFileResponse response = upload(header, "question,reply\na,b\n".getBytes(UTF_8));

    assertThat(response.getDataset().getUploads(0).getFileName()).isEqualTo("evil.csv");
    assertThat(response.getUploadId()).matches("up-[0-9a-f]{20}");
  }

  @Test
  void whatPacksTooMuchIsRefused() throws Exception {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bomb)) {
      out.write("question,reply\n".getBytes(UTF_8));
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 64; i++) {
        out.write(zeros);
      }
    }

    Problem problem = refusal(header("bomb.csv.gz", 0).build(), bomb.toByteArray());

    assertThat(problem.reason()).isEqualTo("UNPACKED_TOO_LARGE");
  }

  @Test
  void filesBelowTheImportRootsAreFetched() throws Exception {
    Path root = folder.resolve("imports");
    Path file = Files.writeString(root.resolve("行 1.csv"), "question,reply\na,b\n");
    Path outside = Files.writeString(folder.resolve("outside.csv"), "question,reply\na,b\n");
    Files.createSymbolicLink(root.resolve("link.csv"), outside);
    Files.createSymbolicLink(root.resolve("folder"), folder);

    ImportFileResponse response = importFile(file.toUri().toString());

    assertThat(response.getDataset().getUploads(0).getFileName()).isEqualTo("行 1.csv");
    assertThat(response.getResult().getRowsPublished()).isEqualTo(1);
    for (String path :
        List.of(
            outside.toString(),
            root + "/../outside.csv",
            root + "/%2e%2e/outside.csv",
            root + "/link.csv",
            root + "/folder/outside.csv",
            root + "/none.csv",
            root.toString())) {
      Problem problem = importRefusal("file://" + path);
      assertThat(problem.reason()).as(path).isEqualTo("FILE_NOT_FOUND");
    }
    assertThat(importRefusal("file://host" + file).reason()).isIn("FILE_NOT_FOUND", "INVALID_URI");
    assertThat(importRefusal("http://127.0.0.1/a.csv").reason()).isEqualTo("UNKNOWN_SCHEME");
    assertThat(importRefusal("rows.csv").reason()).isEqualTo("INVALID_URI");
    assertThat(folder.resolve("data/uploads")).isEmptyDirectory();
  }

  private static ImportFileResponse importFile(String uri) {
    return site.datasets.importFile(ImportFileRequest.newBuilder().setUri(uri).build());
  }

  private static Problem importRefusal(String uri) {
    return GrpcProblems.fromFailure(
        catchThrowableOfType(StatusRuntimeException.class, () -> importFile(uri)));
  }

  private static UploadHeader.Builder header(String name, long offset) {
    return UploadHeader.newBuilder().setFileName(name).setOffset(offset);
  }

  private static Problem refusal(UploadHeader header, byte[] bytes) {
    return GrpcProblems.fromFailure(
        catchThrowableOfType(StatusRuntimeException.class, () -> upload(header, bytes)));
  }

  private static UploadFileResponse upload(UploadHeader header, byte[] bytes) throws Exception {
    Call call = new Call();
    call.send(header, bytes, (int) header.getOffset(), bytes.length);
    call.call().onCompleted();
    try {
      return call.answer.get(30, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static GetUploadResponse standing(String key) {
    return site.datasets.getUpload(GetUploadRequest.newBuilder().setIdempotencyKey(key).build());
  }

  /** What the dataset's one file held, once its rows are in the log. */
  private static UploadResult published(String id) {
    return await()
        .atMost(IngestSite.PATIENCE)
        .until(
            () ->
                site.datasets
                    .getDataset(GetDatasetRequest.newBuilder().setDatasetId(id).build())
                    .getDataset(),
            dataset -> dataset.getUploads(0).hasResult())
        .getUploads(0)
        .getResult();
  }

  /** The result without what differs from one upload of a file to the next. */
  private static UploadResult alike(UploadResult result) {
    UploadResult.Builder alike = result.toBuilder().clearRejections();
    alike.getFirstRejectionsBuilderList().forEach(rejection -> rejection.clearSource());
    return alike.build();
  }

  private static byte[] gzip(byte[] bytes) throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of()
        .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static final class Call
      implements ClientResponseObserver<UploadFileRequest, UploadFileResponse> {
    final CompletableFuture<UploadFileResponse> answer = new CompletableFuture<>();
    private final CompletableFuture<ClientCallStreamObserver<UploadFileRequest>> started =
        new CompletableFuture<>();

    void send(UploadHeader header, byte[] bytes, int from, int until) {
      DatasetServiceGrpc.newStub(site.channel).uploadFile(this);
      call().onNext(UploadFileRequest.newBuilder().setHeader(header).build());
      for (int at = from; at < until; at += 100) {
        ByteString chunk = ByteString.copyFrom(bytes, at, Math.min(100, until - at));
        call().onNext(UploadFileRequest.newBuilder().setChunk(chunk).build());
      }
    }

    ClientCallStreamObserver<UploadFileRequest> call() {
      return started.join();
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<UploadFileRequest> call) {
      started.complete(call);
    }

    @Override
    public void onNext(UploadFileResponse response) {
      answer.complete(response);
    }

    @Override
    public void onError(Throwable failure) {
      answer.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {}
  }
}
