package dev.tuneline.ingest.dataset;

import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.upload.PartFile;
import dev.tuneline.ingest.upload.Source;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;

/** Takes in files that a URI names. Safe for use by several threads. */
public final class Imports {
  private final Uploads uploads;
  private final List<Source> sources;

  public Imports(Uploads uploads, Source... sources) {
    this.uploads = uploads;
    this.sources = List.of(sources);
  }

  /**
   * Fetches a file and takes it in as an upload.
   *
   * @param header as for an upload; without a name the file's own is taken
   * @throws Problem INVALID_URI, UNKNOWN_SCHEME, what the source throws, or what the file is
   *     refused for
   */
  public UploadFileResponse take(UploadHeader header, String uri) {
    URI parsed = parse(uri);
    String path = parsed.getPath();
    UploadHeader named =
        (header.getFileName().isEmpty()
                ? header.toBuilder().setFileName(path.substring(path.lastIndexOf('/') + 1))
                : header.toBuilder())
            .setOffset(0)
            .build();
    Source source =
        sources.stream()
            .filter(each -> each.scheme().equals(parsed.getScheme()))
            .findFirst()
            .orElseThrow(() -> unknown(parsed));
    return uploads
        .earlier(named)
        .orElseGet(
            () -> {
              try (PartFile part = uploads.begin(named)) {
                source.fetch(parsed, part::write);
                Path file = part.complete(named.getSizeBytes(), named.getSha256());
                try {
                  return uploads.take(file, named);
                } finally {
                  part.discard();
                }
              }
            });
  }

  private static URI parse(String text) {
    try {
      URI uri = new URI(text);
      if (uri.getScheme() == null || uri.getPath() == null || uri.getPath().isEmpty()) {
        throw invalid("the URI names no file");
      }
      return uri.getQuery() == null && uri.getFragment() == null && uri.getUserInfo() == null
          ? uri
          : unusable();
    } catch (URISyntaxException e) {
      throw invalid("this is no URI: " + e.getReason());
    }
  }

  private static URI unusable() {
    throw invalid("a query, a fragment or a user has no place in the URI");
  }

  private static Problem invalid(String message) {
    return Problem.caller("INVALID_URI", message)
        .at(Problem.FIELD, "uri")
        .mend("write file:///folder/rows.csv, with other characters as %XX");
  }

  private Problem unknown(URI uri) {
    return Problem.caller("UNKNOWN_SCHEME", "nothing is fetched by " + uri.getScheme() + ":")
        .at(Problem.FIELD, "uri")
        .mend("use one of " + sources.stream().map(Source::scheme).toList());
  }
}
