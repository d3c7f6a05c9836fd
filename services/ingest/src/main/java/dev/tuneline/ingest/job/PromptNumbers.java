package dev.tuneline.ingest.job;

import static dev.tuneline.ingest.job.Numbers.outOfRange;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.PromptEncoder;
import dev.tuneline.proto.v1.PromptInit;
import dev.tuneline.proto.v1.PromptSpec;

/** The hyper-parameters of methods that train virtual tokens. */
final class PromptNumbers {
  private static final String AT = "spec.prompt.";
  private static final int MAX_TEXT = 8_192;

  private PromptNumbers() {}

  /** Whether {@code method} trains virtual tokens. */
  static boolean trains(Method method) {
    return switch (method) {
      case METHOD_P_TUNING_V2, METHOD_P_TUNING, METHOD_PROMPT_TUNING -> true;
      case METHOD_UNSPECIFIED,
          METHOD_LORA,
          METHOD_RSLORA,
          METHOD_DORA,
          METHOD_ADALORA,
          METHOD_QLORA,
          METHOD_IA3,
          METHOD_FULL,
          UNRECOGNIZED ->
          false;
    };
  }

  /**
   * Fills in every default.
   *
   * @param context positions of the base model; the virtual tokens leave at least one of them
   */
  static void complete(PromptSpec.Builder prompt, int context) {
    Numbers numbers = new Numbers(prompt, AT);
    numbers.whole("virtual_tokens", 20, 1, context - 1L);
    numbers.wholeOrUnset("encoder_hidden", 1, 65_536);
    numbers.whole("encoder_layers", 2, 1, 16);
    numbers.fraction("encoder_dropout", 0);
    switch (prompt.getEncoder()) {
      case PROMPT_ENCODER_UNSPECIFIED -> prompt.setEncoder(PromptEncoder.PROMPT_ENCODER_MLP);
      case PROMPT_ENCODER_MLP, PROMPT_ENCODER_LSTM -> {}
      case UNRECOGNIZED -> throw outOfRange(AT + "encoder", "a known encoder");
    }
    completeInit(prompt);
  }

  private static void completeInit(PromptSpec.Builder prompt) {
    boolean text = !prompt.getInitText().isEmpty();
    switch (prompt.getInit()) {
      case PROMPT_INIT_UNSPECIFIED ->
          prompt.setInit(text ? PromptInit.PROMPT_INIT_TEXT : PromptInit.PROMPT_INIT_RANDOM);
      case PROMPT_INIT_RANDOM, PROMPT_INIT_SAMPLE_VOCAB -> {
        if (text) {
          throw outOfRange(AT + "init_text", "a text with PROMPT_INIT_TEXT only");
        }
      }
      case PROMPT_INIT_TEXT -> {
        if (!text) {
          throw Problem.caller("MISSING_FIELD", "there is no text for the virtual tokens")
              .at(Problem.FIELD, AT + "init_text")
              .mend("say what they begin as, or use PROMPT_INIT_RANDOM");
        }
      }
      case UNRECOGNIZED -> throw outOfRange(AT + "init", "a known beginning");
    }
    if (prompt.getInitText().length() > MAX_TEXT) {
      throw outOfRange(AT + "init_text", "at most " + MAX_TEXT + " characters");
    }
  }
}
