package dev.tuneline.trainer.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventFileTest {
  /** What tensorboard 2.21's own RecordWriter writes of the same events. */
  private static final String GOLDEN =
      "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe9"
          + "33000000000000000ca720560900006040fc54d94110ac022a250a110a0a747261696e2f6c6f7373"
          + "150000d03f0a100a096576616c2f6c6f73731500000000bbba5a57";

  @Test
  void writesTheBytesThatTensorBoardWrites() {
    EventFile file = new EventFile(Instant.ofEpochMilli(1_700_000_000_250L));
    addValues(file);

    assertThat(HexFormat.of().formatHex(file.bytes())).isEqualTo(GOLDEN);
  }

  @Test
  void goesOnWhereAnotherEnded() {
    byte[] before = new EventFile(Instant.ofEpochMilli(1_700_000_000_250L)).bytes();
    EventFile file = new EventFile(before);
    addValues(file);

    assertThat(HexFormat.of().formatHex(file.bytes())).isEqualTo(GOLDEN);
  }

  private static void addValues(EventFile file) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("train/loss", 1.625);
    values.put("eval/loss", 0.0);
    file.add(Instant.ofEpochMilli(1_700_000_001_500L), 300, values);
  }
}
