package dev.tuneline.engine.adapter.prompt;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.adapter.DropoutMasks;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What is trained: a table with a row for each virtual token, and the modules that make their final
 * values of the rows.
 *
 * @param table [virtual tokens, in]
 */
record PromptEncoder(PtNDArray table, List<Stage> stages) {
  /** What the names of an encoder's parameters begin with, as in PEFT. */
  static final String NAME = "prompt_encoder.";

  static final String TABLE = NAME + "embedding.weight";

  PromptEncoder {
    stages = List.copyOf(stages);
  }

  /** A table of standard normal rows and the modules over them. */
  static PromptEncoder fresh(int count, int in, List<Stage> stages, Fresh fresh) {
    return new PromptEncoder(fresh.normal(TABLE, count, in), stages);
  }

  SequencedMap<String, PtNDArray> parameters() {
    SequencedMap<String, PtNDArray> parameters = new LinkedHashMap<>();
    parameters.put(TABLE, table);
    stages.forEach(stage -> parameters.putAll(stage.parameters()));
    return Collections.unmodifiableSequencedMap(parameters);
  }

  /**
   * The virtual tokens [virtual tokens, width], the table itself where there are no modules.
   *
   * @param masks null for no dropout
   */
  PtNDArray encode(@Nullable DropoutMasks masks) {
    PtNDArray x = table;
    for (Stage stage : stages) {
      x = stage.apply(x, masks);
    }
    return x;
  }
}
