package dev.tuneline.engine.adapter.prompt;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.tensor.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * PEFT's PREFIX_TUNING: trained keys and values in every layer.
 *
 * @param projected {@code prefix_projection}: a two-layer network makes them of a narrower table
 * @param hidden {@code encoder_hidden_size}, the network's width
 * @param zero {@code init_weights} is "zero": the tokens begin as zeros
 */
record PrefixTuningConfig(VirtualTokens tokens, boolean projected, int hidden, boolean zero)
    implements PromptConfig {
  private static final String TRANSFORM = PromptEncoder.NAME + "transform.";

  static PrefixTuningConfig read(MethodOptions options, ModelShape shape) {
    VirtualTokens tokens = VirtualTokens.read(options, VirtualTokens.Place.EVERY_LAYER, shape);
    @Nullable String initial = options.text("init_weights");
    if (initial != null && !initial.equals("zero")) {
      throw MethodOptions.unsupported("init_weights", initial).mend("use \"zero\" or leave it out");
    }
    return new PrefixTuningConfig(
        tokens,
        options.flag("prefix_projection", false),
        options.size("encoder_hidden_size", tokens.tokenDim()),
        initial != null);
  }

  @Override
  public PromptEncoder encoder(BaseModel base, Fresh fresh) {
    if (!projected) {
      PromptEncoder encoder = PromptEncoder.fresh(tokens.count(), tokens.width(), List.of(), fresh);
      clear(encoder.table());
      return encoder;
    }
    Stage.Dense last = Stage.Dense.fresh(TRANSFORM + "2", hidden, tokens.width(), fresh);
    clear(last.weight());
    clear(last.bias());
    return PromptEncoder.fresh(
        tokens.count(),
        tokens.tokenDim(),
        List.of(
            Stage.Dense.fresh(TRANSFORM + "0", tokens.tokenDim(), hidden, fresh),
            new Stage.Elementwise(JniUtils::tanh),
            last),
        fresh);
  }

  private void clear(PtNDArray array) {
    if (zero) {
      Tensors.write(array, new float[Math.toIntExact(array.size())]);
    }
  }

  @Override
  public void write(ObjectNode json) {
    json.put("prefix_projection", projected);
    json.put("encoder_hidden_size", hidden);
    json.put("init_weights", zero ? "zero" : null);
  }
}
