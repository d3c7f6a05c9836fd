package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.chat.ExampleEncoder.TrainedTurns;
import java.util.Arrays;
import java.util.List;

/** {@code sft_masks.json}: what of a conversation is trained, before and after truncation. */
final class MaskCases {
  private static final int UNBOUNDED = 1 << 24;

  private final Checks checks;
  private final ChatCases.Encoding encoding;

  MaskCases(Checks checks, ChatCases.Encoding encoding) {
    this.checks = checks;
    this.encoding = encoding;
  }

  void check(JsonNode document) {
    JsonNode cases = Json.field(document, "cases");
    for (int i = 0; i < cases.size(); i++) {
      check("cases[%d] ".formatted(i), cases.get(i));
    }
  }

  private void check(String at, JsonNode c) {
    List<ChatMessage> messages = ChatCases.messages(Json.field(c, "messages"));
    EncodedExample all = encode(messages, TrainedTurns.ALL, UNBOUNDED);
    c.properties()
        .forEach(
            field -> {
              JsonNode value = field.getValue();
              String what = at + field.getKey();
              switch (field.getKey()) {
                case "input_ids" -> checks.ids(what, all.inputIds(), value);
                case "labels" -> checks.ids(what, all.labels(), value);
                case "num_label_tokens" -> checks.same(what, all.trainedTokens(), value.intValue());
                case "labels_last_assistant_turn_only" ->
                    checks.ids(
                        what, encode(messages, TrainedTurns.LAST, UNBOUNDED).labels(), value);
                case "truncated" -> truncated(what, messages, all, value);
                case "segments" -> segments(what, value);
                case "whole_string_input_ids" -> checks.ids(what, whole(messages), value);
                case "segment_equals_whole" ->
                    checks.same(
                        what, Arrays.equals(whole(messages), all.inputIds()), value.booleanValue());
                // Labels over the whole string's ids, which this engine does not train on.
                case "messages", "hf_generation_tag_labels_on_whole_string", "labels_equal" -> {}
                default -> checks.unchecked("unknown field cases." + field.getKey());
              }
            });
  }

  private void truncated(
      String what, List<ChatMessage> messages, EncodedExample all, JsonNode expected) {
    int length = Json.field(expected, "max_length").intValue();
    EncodedExample cut = encode(messages, TrainedTurns.ALL, length);
    checks.ids(what + ".input_ids", cut.inputIds(), Json.field(expected, "input_ids"));
    checks.ids(what + ".labels", cut.labels(), Json.field(expected, "labels"));
    checks.same(what + ".truncated tokens", cut.truncatedTokens(), all.length() - cut.length());
    checks.same(
        what + ".drop_because_no_label_left",
        cut.trainedTokens() == 0,
        Json.field(expected, "drop_because_no_label_left").booleanValue());
  }

  private void segments(String what, JsonNode segments) {
    for (JsonNode segment : segments) {
      checks.same(
          what,
          encoding.tokenizer().encode(Json.text(segment, "text"), false).length,
          Json.field(segment, "n").intValue());
    }
  }

  private int[] whole(List<ChatMessage> messages) {
    return encoding.tokenizer().encode(encoding.template().render(messages, false), false);
  }

  private EncodedExample encode(List<ChatMessage> messages, TrainedTurns trained, int maxTokens) {
    return new ExampleEncoder(encoding.tokenizer(), encoding.template(), maxTokens)
        .conversation(messages, trained);
  }
}
