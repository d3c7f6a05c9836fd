package dev.tuneline.engine.training;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.errors.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Refuses examples that could only waste a job or crash it, before it starts. */
final class ExampleChecks {
  private ExampleChecks() {}

  static void require(
      List<TrainingExample> examples, ModelShape shape, @Nullable Adaptation adaptation) {
    int room = shape.room(adaptation);
    if (examples.isEmpty()) {
      throw Problem.caller("NO_EXAMPLES", "there is no example to train on");
    }
    for (int i = 0; i < examples.size(); i++) {
      TrainingExample example = examples.get(i);
      if (example.labelTokens() == 0) {
        throw Problem.caller("NO_TRAINED_TOKEN", "an example has no trained token")
            .at("example", i)
            .mend("raise the cutoff or drop examples whose prompt fills it");
      }
      if (example.length() > room) {
        throw Problem.caller(
                "EXAMPLE_TOO_LONG",
                "an example has %d tokens, the model takes %d".formatted(example.length(), room))
            .at("example", i)
            .mend("lower the cutoff");
      }
      requireVocabulary(example.ids(), i, shape.vocab(), false);
      requireVocabulary(example.labels(), i, shape.vocab(), true);
    }
  }

  private static void requireVocabulary(int[] ids, int example, int vocab, boolean labels) {
    for (int id : ids) {
      if ((id < 0 || id >= vocab) && !(labels && id == TrainingExample.IGNORED)) {
        throw Problem.caller(
                "TOKEN_OUT_OF_VOCABULARY",
                "token %d is outside the model's vocabulary of %d".formatted(id, vocab))
            .at("example", example)
            .mend("tokenise with the base model's own tokenizer");
      }
    }
  }
}
