package dev.tuneline.ingest.dataset;

import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.proto.v1.RowPositions;

/** Where the row log stands. */
public final class RowLog {
  private RowLog() {}

  /** Positions after the newest row of every partition. */
  public static RowPositions end(KafkaClients clients) {
    return RowPositions.newBuilder().putAllOffsets(clients.endOffsets(Topics.ROWS)).build();
  }
}
