package dev.tuneline.ingest.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.protobuf.util.Timestamps;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.Upload;
import io.micronaut.serde.annotation.Serdeable;
import org.jspecify.annotations.Nullable;

/**
 * A dataset as OpenAI's file object.
 *
 * @param id the dataset's id
 * @param bytes size of its first file
 * @param createdAt seconds since 1970
 * @param status {@code uploaded}, {@code processed} or {@code error}
 * @param statusDetails why it is an error
 */
@Serdeable
record FileObject(
    String id,
    String object,
    long bytes,
    @JsonProperty("created_at") long createdAt,
    String filename,
    String purpose,
    String status,
    @JsonProperty("status_details") @Nullable String statusDetails) {

  static FileObject of(Dataset dataset) {
    Upload upload =
        dataset.getUploadsCount() == 0 ? Upload.getDefaultInstance() : dataset.getUploads(0);
    String status =
        switch (dataset.getState()) {
          case DATASET_STATE_PREPARED -> "processed";
          case DATASET_STATE_FAILED -> "error";
          case DATASET_STATE_OPEN, DATASET_STATE_CUT, DATASET_STATE_UNSPECIFIED, UNRECOGNIZED ->
              "uploaded";
        };
    return new FileObject(
        dataset.getDatasetId(),
        "file",
        upload.getFile().getSizeBytes(),
        Timestamps.toSeconds(dataset.getCreatedAt()),
        upload.getFileName().isEmpty() ? dataset.getName() : upload.getFileName(),
        "fine-tune",
        status,
        dataset.hasProblem() ? dataset.getProblem().getMessage() : null);
  }
}
