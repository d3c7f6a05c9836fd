package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code prompt_completion.json}: pairs joined without a template, and their padded batch. */
final class PairCases {
  private static final int UNBOUNDED = 1 << 24;

  private final Checks checks;
  private final ChatCases.Encoding encoding;

  PairCases(Checks checks, ChatCases.Encoding encoding) {
    this.checks = checks;
    this.encoding = encoding;
  }

  void check(JsonNode document) {
    ExampleEncoder encoder =
        new ExampleEncoder(encoding.tokenizer(), encoding.template(), UNBOUNDED);
    List<EncodedExample> pairs = new ArrayList<>();
    JsonNode cases = Json.field(document, "cases");
    for (int i = 0; i < cases.size(); i++) {
      String at = "cases[%d] ".formatted(i);
      JsonNode c = cases.get(i);
      String prompt = Json.text(c, "prompt");
      String completion = Json.text(c, "completion");
      EncodedExample pair = encoder.pair(prompt, completion);
      pairs.add(pair);
      checks.ids(at + "input_ids", pair.inputIds(), Json.field(c, "input_ids"));
      checks.ids(at + "labels", pair.labels(), Json.field(c, "labels"));
      int start = Json.field(c, "prompt_ids").size();
      checks.ids(at + "prompt_ids", Arrays.copyOf(pair.inputIds(), start), c.path("prompt_ids"));
      checks.ids(
          at + "completion_ids_with_eos",
          Arrays.copyOfRange(pair.inputIds(), start, pair.length()),
          Json.field(c, "completion_ids_with_eos"));
      int[] joint = encoding.tokenizer().encode(prompt + completion, false);
      checks.same(
          at + "joint_encoding_differs",
          !Arrays.equals(joint, Arrays.copyOf(pair.inputIds(), pair.length() - 1)),
          Json.field(c, "joint_encoding_differs").booleanValue());
    }
    if (document.has("collated_right_padded")) {
      collated(pairs, document);
    }
    checks.same(
        "eos_token_id",
        encoding.tokenizer().specialTokens().eosId(),
        Json.field(document, "eos_token_id").intValue());
  }

  /** This engine does not pad; what it joins must be the padded rows without their padding. */
  private void collated(List<EncodedExample> pairs, JsonNode document) {
    JsonNode batch = document.path("collated_right_padded");
    int width = pairs.stream().mapToInt(EncodedExample::length).max().orElse(0);
    int pad = Json.field(document, "pad_token_id").intValue();
    for (int i = 0; i < pairs.size(); i++) {
      EncodedExample pair = pairs.get(i);
      int[] mask = new int[pair.length()];
      Arrays.fill(mask, 1);
      String what = "collated_right_padded[%d].".formatted(i);
      checks.ids(
          what + "input_ids",
          padded(pair.inputIds(), width, pad),
          Json.field(batch, "input_ids").get(i));
      checks.ids(
          what + "labels",
          padded(pair.labels(), width, EncodedExample.IGNORED),
          Json.field(batch, "labels").get(i));
      checks.ids(
          what + "attention_mask",
          padded(mask, width, 0),
          Json.field(batch, "attention_mask").get(i));
    }
  }

  private static int[] padded(int[] values, int width, int padding) {
    int[] padded = Arrays.copyOf(values, width);
    Arrays.fill(padded, values.length, width, padding);
    return padded;
  }
}
