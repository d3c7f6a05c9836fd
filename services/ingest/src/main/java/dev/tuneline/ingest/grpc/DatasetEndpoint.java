package dev.tuneline.ingest.grpc;

import dev.tuneline.ingest.Ingest;
import dev.tuneline.ingest.IngestConfig;
import dev.tuneline.ingest.dataset.Datasets;
import dev.tuneline.ingest.dataset.Imports;
import dev.tuneline.ingest.dataset.Uploads;
import dev.tuneline.proto.v1.CreateDatasetRequest;
import dev.tuneline.proto.v1.CreateDatasetResponse;
import dev.tuneline.proto.v1.CutDatasetRequest;
import dev.tuneline.proto.v1.CutDatasetResponse;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetServiceGrpc;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.GetDatasetRequest;
import dev.tuneline.proto.v1.GetDatasetResponse;
import dev.tuneline.proto.v1.GetUploadRequest;
import dev.tuneline.proto.v1.GetUploadResponse;
import dev.tuneline.proto.v1.ImportFileRequest;
import dev.tuneline.proto.v1.ImportFileResponse;
import dev.tuneline.proto.v1.ListDatasetsRequest;
import dev.tuneline.proto.v1.ListDatasetsResponse;
import dev.tuneline.proto.v1.SetDatasetGrowthRequest;
import dev.tuneline.proto.v1.SetDatasetGrowthResponse;
import dev.tuneline.proto.v1.UploadFileRequest;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.WatchDatasetRequest;
import dev.tuneline.proto.v1.WatchDatasetResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.EnumSet;
import java.util.Set;

/** {@code tuneline.v1.DatasetService}. */
@Singleton
final class DatasetEndpoint extends DatasetServiceGrpc.DatasetServiceImplBase {
  private static final Set<DatasetState> SETTLED =
      EnumSet.of(DatasetState.DATASET_STATE_PREPARED, DatasetState.DATASET_STATE_FAILED);

  private final Datasets datasets;
  private final Uploads uploads;
  private final Imports imports;
  private final Watching watching;

  DatasetEndpoint(Ingest ingest, IngestConfig config) {
    this.datasets = ingest.datasets();
    this.uploads = ingest.uploads();
    this.imports = ingest.imports();
    this.watching = new Watching(config.maxWatchers(), config.watchPollMs());
  }

  @Override
  public void createDataset(
      CreateDatasetRequest request, StreamObserver<CreateDatasetResponse> response) {
    Dataset dataset = datasets.create(request);
    response.onNext(CreateDatasetResponse.newBuilder().setDataset(dataset).build());
    response.onCompleted();
  }

  @Override
  public StreamObserver<UploadFileRequest> uploadFile(StreamObserver<UploadFileResponse> response) {
    return new FileReceiver(response, uploads);
  }

  @Override
  public void getUpload(GetUploadRequest request, StreamObserver<GetUploadResponse> response) {
    response.onNext(uploads.standing(request.getIdempotencyKey()));
    response.onCompleted();
  }

  @Override
  public void cutDataset(CutDatasetRequest request, StreamObserver<CutDatasetResponse> response) {
    Dataset dataset = datasets.cut(request.getDatasetId());
    response.onNext(CutDatasetResponse.newBuilder().setDataset(dataset).build());
    response.onCompleted();
  }

  @Override
  public void importFile(ImportFileRequest request, StreamObserver<ImportFileResponse> response) {
    UploadFileResponse taken = imports.take(request.getHeader(), request.getUri());
    response.onNext(
        ImportFileResponse.newBuilder()
            .setDataset(taken.getDataset())
            .setUploadId(taken.getUploadId())
            .setResult(taken.getResult())
            .build());
    response.onCompleted();
  }

  @Override
  public void setDatasetGrowth(
      SetDatasetGrowthRequest request, StreamObserver<SetDatasetGrowthResponse> response) {
    Dataset dataset = datasets.setGrowth(request.getDatasetId(), request.getGrowth());
    response.onNext(SetDatasetGrowthResponse.newBuilder().setDataset(dataset).build());
    response.onCompleted();
  }

  @Override
  public void getDataset(GetDatasetRequest request, StreamObserver<GetDatasetResponse> response) {
    Dataset dataset = datasets.get(request.getDatasetId());
    response.onNext(GetDatasetResponse.newBuilder().setDataset(dataset).build());
    response.onCompleted();
  }

  @Override
  public void listDatasets(
      ListDatasetsRequest request, StreamObserver<ListDatasetsResponse> response) {
    var page = datasets.list(Paging.size(request.getPageSize()), request.getPageToken());
    response.onNext(
        ListDatasetsResponse.newBuilder()
            .addAllDatasets(page.states())
            .setNextPageToken(page.nextToken())
            .build());
    response.onCompleted();
  }

  @Override
  public void watchDataset(
      WatchDatasetRequest request, StreamObserver<WatchDatasetResponse> responses) {
    String id = request.getDatasetId();
    watching.watch(
        datasets.get(id),
        () -> datasets.latest(id),
        dataset -> SETTLED.contains(dataset.getState()),
        responses,
        dataset -> responses.onNext(WatchDatasetResponse.newBuilder().setDataset(dataset).build()));
  }
}
