package dev.tuneline.preprocess.grpc;

import dev.tuneline.preprocess.Preprocess;
import dev.tuneline.proto.v1.PreviewExamplesRequest;
import dev.tuneline.proto.v1.PreviewExamplesResponse;
import dev.tuneline.proto.v1.PreviewRowRequest;
import dev.tuneline.proto.v1.PreviewRowResponse;
import dev.tuneline.proto.v1.PreviewServiceGrpc;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;

/** {@code tuneline.v1.PreviewService}. */
@Singleton
final class PreviewEndpoint extends PreviewServiceGrpc.PreviewServiceImplBase {
  private final Preprocess preprocess;

  PreviewEndpoint(Preprocess preprocess) {
    this.preprocess = preprocess;
  }

  @Override
  public void previewRow(PreviewRowRequest request, StreamObserver<PreviewRowResponse> response) {
    response.onNext(preprocess.preview().preview(request));
    response.onCompleted();
  }

  @Override
  public void previewExamples(
      PreviewExamplesRequest request, StreamObserver<PreviewExamplesResponse> response) {
    response.onNext(preprocess.preview().preview(request));
    response.onCompleted();
  }
}
