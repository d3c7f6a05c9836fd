package dev.tuneline.ingest.grpc;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.proto.v1.UploadFileRequest;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Receives one file into a temporary file: a header, then chunks. gRPC asks for the next message
 * once the last is on the disk, so a fast sender waits instead of filling memory.
 */
final class FileReceiver implements StreamObserver<UploadFileRequest> {
  private final StreamObserver<UploadFileResponse> response;
  private final BiFunction<Path, UploadHeader, UploadFileResponse> handler;
  private final long maxBytes;
  private @Nullable UploadHeader header;
  private @Nullable Path file;
  private @Nullable OutputStream out;
  private long bytes;
  private boolean ended;

  FileReceiver(
      StreamObserver<UploadFileResponse> response,
      BiFunction<Path, UploadHeader, UploadFileResponse> handler,
      long maxBytes) {
    this.response = response;
    this.handler = handler;
    this.maxBytes = maxBytes;
  }

  @Override
  public void onNext(UploadFileRequest request) {
    if (ended) {
      return;
    }
    try {
      switch (request.getPartCase()) {
        case HEADER -> begin(request.getHeader());
        case CHUNK -> write(request);
        case PART_NOT_SET -> throw malformed("a message is neither header nor chunk");
      }
    } catch (IOException e) {
      fail(new UncheckedIOException(e));
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void begin(UploadHeader received) throws IOException {
    if (header != null) {
      throw malformed("there are two headers");
    }
    header = received;
    file = Files.createTempFile("tuneline-upload-", ".part");
    out = Files.newOutputStream(file);
  }

  private void write(UploadFileRequest request) throws IOException {
    if (out == null) {
      throw malformed("the first message holds no header");
    }
    bytes += request.getChunk().size();
    if (bytes > maxBytes) {
      throw Problem.caller("FILE_TOO_LARGE", "the file is larger than " + maxBytes + " bytes")
          .at("max_bytes", maxBytes)
          .mend("split it, or raise tuneline.ingest.max-upload-bytes");
    }
    request.getChunk().writeTo(out);
  }

  @Override
  public void onCompleted() {
    if (ended) {
      return;
    }
    try {
      if (header == null || file == null || out == null) {
        throw malformed("there is no header");
      }
      out.close();
      UploadFileResponse answer = handler.apply(file, header);
      ended = true;
      discard();
      response.onNext(answer);
      response.onCompleted();
    } catch (IOException e) {
      fail(new UncheckedIOException(e));
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  @Override
  public void onError(Throwable callerWentAway) {
    ended = true;
    discard();
  }

  private void fail(RuntimeException failure) {
    ended = true;
    discard();
    response.onError(GrpcProblems.toStatus(failure));
  }

  private void discard() {
    try {
      if (out != null) {
        out.close();
      }
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Problem malformed(String what) {
    return Problem.caller("MALFORMED_UPLOAD", what)
        .mend("send one message with the header, then the file's bytes in chunks");
  }
}
