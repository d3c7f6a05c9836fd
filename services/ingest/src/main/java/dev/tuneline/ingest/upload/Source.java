package dev.tuneline.ingest.upload;

import java.net.URI;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Where files that a URI names are fetched from. */
public interface Source {
  /** The URIs' scheme, in lower case. */
  String scheme();

  /**
   * Hands the file's bytes over in their order.
   *
   * @throws dev.tuneline.errors.Problem of the caller when the URI may not be read
   */
  void fetch(URI uri, Consumer<ByteBuffer> bytes);
}
