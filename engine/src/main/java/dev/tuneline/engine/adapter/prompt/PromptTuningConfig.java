package dev.tuneline.engine.adapter.prompt;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.Seeds;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * PEFT's PROMPT_TUNING: embeddings in front of the tokens', trained as they are.
 *
 * @param initial {@code prompt_tuning_init}
 * @param text {@code prompt_tuning_init_text}; tokenised by the base model's own tokenizer; null
 *     when {@code initial} is not TEXT
 */
record PromptTuningConfig(VirtualTokens tokens, Initial initial, @Nullable String text)
    implements PromptConfig {
  /** What the embeddings begin as. */
  enum Initial {
    /** Standard normal numbers. */
    RANDOM,
    /** Embeddings of tokens drawn from the model's vocabulary. */
    SAMPLE_VOCAB,
    /** Embeddings of a text's tokens, repeated or cut to fit. */
    TEXT
  }

  static PromptTuningConfig read(MethodOptions options, ModelShape shape) {
    VirtualTokens tokens = VirtualTokens.read(options, VirtualTokens.Place.EMBEDDINGS, shape);
    Initial initial = options.choice("prompt_tuning_init", Initial.RANDOM);
    @Nullable String text = options.text("prompt_tuning_init_text");
    if (initial == Initial.TEXT && (text == null || text.isEmpty())) {
      throw MethodOptions.bad(
              "prompt_tuning_init_text", "is missing, and prompt_tuning_init is TEXT")
          .mend("say what the prompt begins as, or use RANDOM or SAMPLE_VOCAB");
    }
    options.ignore("tokenizer_name_or_path");
    return new PromptTuningConfig(tokens, initial, initial == Initial.TEXT ? text : null);
  }

  @Override
  public PromptEncoder encoder(BaseModel base, Fresh fresh) {
    PromptEncoder encoder =
        PromptEncoder.fresh(tokens.count(), tokens.tokenDim(), List.of(), fresh);
    switch (initial) {
      case RANDOM -> {}
      case SAMPLE_VOCAB -> {
        SplittableRandom random = new SplittableRandom(Seeds.mix(fresh.seed()));
        int[] ids = random.ints(tokens.count(), 0, base.shape().vocab()).toArray();
        copyEmbeddings(base, ids, encoder.table());
      }
      case TEXT -> copyEmbeddings(base, ids(Objects.requireNonNull(text), base), encoder.table());
    }
    return encoder;
  }

  /** The text's first {@code count} ids, from its beginning again where it is shorter. */
  private int[] ids(String text, BaseModel base) {
    try (Tokenizer tokenizer = Tokenizer.load(base.folder())) {
      int[] ids = tokenizer.encode(text, true);
      if (ids.length == 0) {
        throw MethodOptions.bad("prompt_tuning_init_text", "has no token");
      }
      return IntStream.range(0, tokens.count()).map(i -> ids[i % ids.length]).toArray();
    }
  }

  private static void copyEmbeddings(BaseModel base, int[] ids, PtNDArray table) {
    Batch batch = Batch.builder().sequence(ids, null, null).build();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      PtNDArray rows = base.decoder().embedding().rows(batch, base.manager());
      Tensors.write(table, Tensors.floats(rows));
    }
  }

  @Override
  public void write(ObjectNode json) {
    json.put("prompt_tuning_init", initial.name());
    json.put("prompt_tuning_init_text", text);
  }

  /** PEFT refuses a text without the name of a tokenizer. */
  @Override
  public ObjectNode toPeft(BaseModel base) {
    ObjectNode json = toJson();
    if (text != null) {
      Path name = Objects.requireNonNull(base.folder().toAbsolutePath().getFileName());
      json.put("tokenizer_name_or_path", name.toString());
    }
    return json;
  }
}
