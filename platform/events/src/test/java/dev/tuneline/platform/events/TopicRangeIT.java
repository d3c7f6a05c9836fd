package dev.tuneline.platform.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.proto.v1.RowReceived;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TopicRangeIT {
  @Test
  void aRangeHoldsWhatStandsInItAndNothingElse() {
    try (EventLogFixture log = new EventLogFixture()) {
      publish(log, 0, 100);
      Map<Integer, Long> from = log.clients.endOffsets(Topics.ROWS);
      publish(log, 100, 400);
      Map<Integer, Long> until = log.clients.endOffsets(Topics.ROWS);
      publish(log, 400, 500);

      TopicRange<RowReceived> range = new TopicRange<>(Topics.ROWS, from, until);
      Set<String> ids = new HashSet<>();
      Map<Integer, List<Long>> offsets = new HashMap<>();
      range.read(
          log.clients,
          event -> {
            assertThat(ids.add(event.body().getRowId())).isTrue();
            offsets
                .computeIfAbsent(event.position().partition(), _ -> new ArrayList<>())
                .add(event.position().offset());
          });

      assertThat(ids).hasSize(300).allMatch(id -> id.matches("row-[123]\\d\\d"));
      assertThat(offsets.values()).allSatisfy(list -> assertThat(list).isSorted());
      List<String> none = new ArrayList<>();
      new TopicRange<>(Topics.ROWS, until, until)
          .read(log.clients, event -> none.add(event.body().getRowId()));
      assertThat(none).isEmpty();
    }
  }

  private static void publish(EventLogFixture log, int from, int until) {
    for (int i = from; i < until; i++) {
      RowReceived row = RowReceived.newBuilder().setDatasetId("d").setRowId("row-" + i).build();
      var _ = log.publisher.send(Topics.ROWS, row, null);
    }
    log.publisher.flush();
  }
}
