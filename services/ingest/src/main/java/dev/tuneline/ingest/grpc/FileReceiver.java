package dev.tuneline.ingest.grpc;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.dataset.Uploads;
import dev.tuneline.ingest.upload.PartFile;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.proto.v1.UploadFileRequest;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Receives one file: a header, then chunks. gRPC asks for the next message once the last is on the
 * disk, so a fast sender waits instead of filling memory. What has arrived when the stream breaks
 * stays, if the upload has a key.
 */
final class FileReceiver implements StreamObserver<UploadFileRequest> {
  private final StreamObserver<UploadFileResponse> response;
  private final Uploads uploads;
  private @Nullable UploadHeader header;
  private @Nullable PartFile part;
  private boolean ended;

  FileReceiver(StreamObserver<UploadFileResponse> response, Uploads uploads) {
    this.response = response;
    this.uploads = uploads;
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
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void begin(UploadHeader received) {
    if (header != null) {
      throw malformed("there are two headers");
    }
    header = received;
    Optional<UploadFileResponse> earlier = uploads.earlier(received);
    if (earlier.isPresent()) {
      answer(earlier.get());
    } else {
      part = uploads.begin(received);
    }
  }

  private void write(UploadFileRequest request) {
    if (part == null) {
      throw malformed("the first message holds no header");
    }
    request.getChunk().asReadOnlyByteBufferList().forEach(part::write);
  }

  @Override
  public void onCompleted() {
    if (ended) {
      return;
    }
    try {
      if (header == null || part == null) {
        throw malformed("there is no header");
      }
      UploadFileResponse answer = take(part, header);
      part.discard();
      answer(answer);
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  /** What is wrong with the file itself is wrong with every byte that would be sent again. */
  private UploadFileResponse take(PartFile whole, UploadHeader of) {
    Path file = whole.complete(of.getSizeBytes(), of.getSha256());
    try {
      return uploads.take(file, of);
    } catch (Problem problem) {
      if (problem.fault() == Fault.CALLER) {
        whole.discard();
      }
      throw problem;
    }
  }

  @Override
  public void onError(Throwable callerWentAway) {
    ended = true;
    close();
  }

  private void answer(UploadFileResponse answer) {
    ended = true;
    response.onNext(answer);
    response.onCompleted();
  }

  private void fail(RuntimeException failure) {
    ended = true;
    close();
    response.onError(GrpcProblems.toStatus(failure));
  }

  private void close() {
    if (part != null) {
      part.close();
    }
  }

  private static Problem malformed(String what) {
    return Problem.caller("MALFORMED_UPLOAD", what)
        .mend("send one message with the header, then the file's bytes in chunks");
  }
}
