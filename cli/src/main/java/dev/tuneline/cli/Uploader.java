package dev.tuneline.cli;

import static dev.tuneline.errors.Problem.FILE;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.GetUploadRequest;
import dev.tuneline.proto.v1.UploadFileRequest;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Sends a file to ingest no faster than ingest takes it. For one file. */
final class Uploader {
  private static final int CHUNK_BYTES = 256 << 10;
  private static final long ANSWER_TIMEOUT_SECONDS = 600;

  /** Without a byte more having arrived. */
  private static final int MAX_FAILURES = 8;

  private static final long FIRST_PAUSE_MS = 250;
  private static final long LONGEST_PAUSE_MS = 10_000;

  private final Connection connection;

  /** Whether a server took bytes at all; one that never did is not waited for. */
  private boolean reached;

  Uploader(Connection connection) {
    this.connection = connection;
  }

  /**
   * Uploads a file and cuts a version when its rows are in. A stream that breaks is continued.
   *
   * @param into says what becomes of the file; its name, its digest and the cut are set here
   * @param sent is told the bytes sent so far
   */
  UploadFileResponse upload(Path file, UploadHeader.Builder into, LongConsumer sent) {
    try {
      UploadHeader header =
          into.setFileName(String.valueOf(file.getFileName()))
              .setCut(true)
              .setIdempotencyKey(UUID.randomUUID().toString())
              .setSizeBytes(Files.size(file))
              .setSha256(sha256(file))
              .build();
      return resuming(file, header, sent);
    } catch (NoSuchFileException e) {
      throw Problem.caller("FILE_NOT_FOUND", "there is no such file")
          .at(FILE, file)
          .mend("check the path");
    } catch (IOException e) {
      throw Problem.caller("FILE_UNREADABLE", "the file cannot be read: " + e.getMessage())
          .at(FILE, file)
          .mend("name a readable file");
    }
  }

  /** Sends the file; when the stream breaks, goes on where the server says that it stands. */
  private UploadFileResponse resuming(Path file, UploadHeader header, LongConsumer sent)
      throws IOException {
    long offset = 0;
    long best = -1;
    for (int failures = 0; ; failures++) {
      try (InputStream bytes = Files.newInputStream(file)) {
        bytes.skipNBytes(offset);
        return send(header.toBuilder().setOffset(offset).build(), offset, bytes, sent);
      } catch (Problem problem) {
        if (problem.fault() == Fault.CALLER || !reached) {
          throw problem;
        }
        long standing = standing(header, problem);
        failures = standing > best ? 0 : failures;
        if (failures >= MAX_FAILURES) {
          throw problem;
        }
        best = Math.max(best, standing);
        offset = standing;
      }
    }
  }

  /** How much has arrived; asked again for a while, since a server may be about to come back. */
  private long standing(UploadHeader header, Problem broken) {
    GetUploadRequest request =
        GetUploadRequest.newBuilder().setIdempotencyKey(header.getIdempotencyKey()).build();
    for (int attempt = 0; ; attempt++) {
      try {
        pause(attempt);
        return connection
            .call(() -> Connection.timely(connection.datasets()).getUpload(request))
            .getReceivedBytes();
      } catch (Problem problem) {
        if (attempt >= MAX_FAILURES) {
          throw broken;
        }
      }
    }
  }

  private static void pause(int attempt) {
    try {
      Thread.sleep(Math.min(FIRST_PAUSE_MS << attempt, LONGEST_PAUSE_MS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.ours("INTERRUPTED", "interrupted while uploading", e);
    }
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[CHUNK_BYTES];
      for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private UploadFileResponse send(
      UploadHeader header, long offset, InputStream bytes, LongConsumer sent) throws IOException {
    Answer answer = new Answer();
    connection.uploads().uploadFile(answer);
    ClientCallStreamObserver<UploadFileRequest> call = answer.call();
    call.onNext(UploadFileRequest.newBuilder().setHeader(header).build());
    long total = offset;
    for (byte[] chunk = bytes.readNBytes(CHUNK_BYTES);
        chunk.length > 0 && answer.awaitReady();
        chunk = bytes.readNBytes(CHUNK_BYTES)) {
      reached = true;
      ByteString data = UnsafeByteOperations.unsafeWrap(chunk);
      call.onNext(UploadFileRequest.newBuilder().setChunk(data).build());
      total += chunk.length;
      sent.accept(total);
    }
    if (!answer.result.isDone()) {
      call.onCompleted();
    }
    return answer.await();
  }

  private final class Answer
      implements ClientResponseObserver<UploadFileRequest, UploadFileResponse> {
    final CompletableFuture<UploadFileResponse> result = new CompletableFuture<>();
    private final Semaphore readiness = new Semaphore(0);
    private @Nullable ClientCallStreamObserver<UploadFileRequest> call;

    @Override
    public void beforeStart(ClientCallStreamObserver<UploadFileRequest> stream) {
      call = stream;
      stream.setOnReadyHandler(readiness::release);
    }

    ClientCallStreamObserver<UploadFileRequest> call() {
      ClientCallStreamObserver<UploadFileRequest> started = call;
      if (started == null) {
        throw new IllegalStateException("gRPC did not start the call");
      }
      return started;
    }

    /** Waits for room; false when the server has already answered, which makes the rest moot. */
    boolean awaitReady() {
      while (!call().isReady()) {
        if (result.isDone()) {
          return false;
        }
        readiness.acquireUninterruptibly();
      }
      return !result.isDone();
    }

    @Override
    public void onNext(UploadFileResponse response) {
      result.complete(response);
    }

    @Override
    public void onError(Throwable failure) {
      result.completeExceptionally(failure);
      readiness.release();
    }

    @Override
    public void onCompleted() {
      result.completeExceptionally(
          Problem.ours("NO_ANSWER", "the server ended the upload without an answer", null));
      readiness.release();
    }

    UploadFileResponse await() {
      try {
        return result.get(ANSWER_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw connection.problem(e.getCause() == null ? e : e.getCause());
      } catch (TimeoutException e) {
        throw Problem.ours("NO_ANSWER", "the server did not answer the upload", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Problem.ours("INTERRUPTED", "interrupted while uploading", e);
      }
    }
  }
}
