package dev.tuneline.engine.arch.rope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.arch.ConfigReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way of stretching gives transformers' frequencies, from either key layout. */
class RopeScalingTest {
  private static final int DIM = 64;

  @TempDir Path temp;

  static List<JsonNode> cases() throws IOException {
    try (InputStream in = RopeScalingTest.class.getResourceAsStream("/rope/expected.json")) {
      return new ObjectMapper()
          .readTree(Objects.requireNonNull(in))
          .path("cases")
          .valueStream()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesTransformersFrequencies(JsonNode expected) throws IOException {
    ObjectNode now = JsonNodeFactory.instance.objectNode();
    ObjectNode parameters = expected.path("rope_parameters").deepCopy();
    now.set("rope_parameters", parameters);
    requireEqual(expected, now);

    ObjectNode old = JsonNodeFactory.instance.objectNode();
    ObjectNode scaling = parameters.deepCopy();
    old.set("rope_theta", scaling.remove("rope_theta"));
    scaling.set("type", scaling.remove("rope_type"));
    old.set("rope_scaling", scaling);
    requireEqual(expected, old);
  }

  private void requireEqual(JsonNode expected, ObjectNode config) throws IOException {
    Path file = Files.writeString(temp.resolve("config.json"), config.toString());
    RopeScaling scaling =
        RopeScaling.read(
            ConfigReader.open(file), DIM, expected.path("max_position_embeddings").intValue());
    float[] frequencies = scaling.inverseFrequencies(expected.path("length").intValue());
    assertThat(frequencies).hasSize(DIM / 2);
    for (int i = 0; i < frequencies.length; i++) {
      double frequency = expected.path("inv_freq").get(i).doubleValue();
      assertThat((double) frequencies[i]).isEqualTo(frequency, within(2e-6 * frequency));
    }
    assertThat(scaling.attentionFactor())
        .isEqualTo(expected.path("attention_factor").doubleValue(), within(1e-9));
  }
}
