package dev.tuneline.ingest.http;

import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.Ingest;
import dev.tuneline.ingest.dataset.Datasets;
import dev.tuneline.ingest.dataset.Uploads;
import dev.tuneline.proto.v1.UploadHeader;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Part;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.multipart.CompletedFileUpload;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** {@code /v1/files}: a file is a dataset with one version. */
@Controller("/v1/files")
@ExecuteOn(TaskExecutors.BLOCKING)
final class FilesController {
  private static final String PURPOSE = "fine-tune";

  private final Datasets datasets;
  private final Uploads uploads;

  FilesController(Ingest ingest) {
    this.datasets = ingest.datasets();
    this.uploads = ingest.uploads();
  }

  @Post(consumes = MediaType.MULTIPART_FORM_DATA)
  FileObject upload(@Part("purpose") String purpose, @Part("file") CompletedFileUpload file) {
    if (!purpose.equals(PURPOSE)) {
      throw Problem.caller("INVALID_PURPOSE", "the purpose is not " + PURPOSE)
          .at(Problem.FIELD, "purpose")
          .mend("send purpose=" + PURPOSE);
    }
    UploadHeader header =
        UploadHeader.newBuilder().setFileName(file.getFilename()).setCut(true).build();
    try {
      Path received = Files.createTempFile("tuneline-upload-", ".part");
      try (InputStream in = file.getInputStream()) {
        Files.copy(in, received, StandardCopyOption.REPLACE_EXISTING);
        return FileObject.of(uploads.take(received, header).getDataset());
      } finally {
        Files.deleteIfExists(received);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Get
  Listing<FileObject> list(
      @QueryValue(defaultValue = "100") int limit, @QueryValue(defaultValue = "") String after) {
    Listing.check(limit);
    var page = after.isEmpty() ? datasets.list(limit, "") : datasets.listAfter(limit, after);
    return Listing.of(
        page.states().stream().map(FileObject::of).toList(), !page.nextToken().isEmpty());
  }

  @Get("/{id}")
  FileObject get(String id) {
    return FileObject.of(datasets.get(id));
  }
}
