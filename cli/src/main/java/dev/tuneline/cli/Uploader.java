package dev.tuneline.cli;

import static dev.tuneline.errors.Problem.FILE;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.tuneline.errors.Problem;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Sends a file to ingest no faster than ingest takes it. */
final class Uploader {
  private static final int CHUNK_BYTES = 256 << 10;
  private static final long ANSWER_TIMEOUT_SECONDS = 600;

  private final Connection connection;

  Uploader(Connection connection) {
    this.connection = connection;
  }

  /**
   * Uploads a file and cuts a version when its rows are in.
   *
   * @param into says what becomes of the file; its name and the cut are set here
   * @param sent is told the bytes sent so far
   */
  UploadFileResponse upload(Path file, UploadHeader.Builder into, LongConsumer sent) {
    UploadHeader header = into.setFileName(String.valueOf(file.getFileName())).setCut(true).build();
    try (InputStream bytes = Files.newInputStream(file)) {
      return send(header, bytes, sent);
    } catch (NoSuchFileException e) {
      throw Problem.caller("FILE_NOT_FOUND", "there is no such file")
          .at(FILE, file)
          .mend("check the path");
    } catch (IOException e) {
      throw Problem.caller("FILE_UNREADABLE", "the file cannot be read: " + e.getMessage())
          .at(FILE, file)
          .mend("name a readable CSV file");
    }
  }

  private UploadFileResponse send(UploadHeader header, InputStream bytes, LongConsumer sent)
      throws IOException {
    Answer answer = new Answer();
    connection.uploads().uploadFile(answer);
    ClientCallStreamObserver<UploadFileRequest> call = answer.call();
    call.onNext(UploadFileRequest.newBuilder().setHeader(header).build());
    long total = 0;
    for (byte[] chunk = bytes.readNBytes(CHUNK_BYTES);
        chunk.length > 0 && answer.awaitReady();
        chunk = bytes.readNBytes(CHUNK_BYTES)) {
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
