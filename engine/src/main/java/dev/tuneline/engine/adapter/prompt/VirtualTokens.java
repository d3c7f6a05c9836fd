package dev.tuneline.engine.adapter.prompt;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.Prefix;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * How many virtual tokens there are and what one consists of.
 *
 * @param count {@code num_virtual_tokens}
 * @param place where they stand
 * @param shape of the base model
 */
record VirtualTokens(int count, Place place, ModelShape shape) {
  /** Where virtual tokens stand. */
  enum Place {
    /** As rows in front of the token embeddings. */
    EMBEDDINGS,
    /** As keys and values in front of those of every layer. */
    EVERY_LAYER
  }

  private record Rows(PtNDArray prompt) implements Adaptation {
    @Override
    public boolean adapts(Linear module) {
      return false;
    }
  }

  private record Past(Prefix prefix) implements Adaptation {
    @Override
    public boolean adapts(Linear module) {
      return false;
    }
  }

  /** Reads the keys that all prompt-learning methods share; those that are absent fit the base. */
  static VirtualTokens read(MethodOptions options, Place place, ModelShape shape) {
    int count = options.integer("num_virtual_tokens", 0);
    if (count < 1) {
      throw MethodOptions.bad("num_virtual_tokens", "must be a positive integer, not " + count);
    }
    if (count >= shape.maxPositions()) {
      throw MethodOptions.bad(
              "num_virtual_tokens",
              "= %d leaves no room in the model's context of %d"
                  .formatted(count, shape.maxPositions()))
          .mend("use fewer virtual tokens");
    }
    VirtualTokens tokens = new VirtualTokens(count, place, shape);
    requireFit(options, "token_dim", tokens.tokenDim());
    if (place == Place.EVERY_LAYER) {
      requireFit(options, "num_layers", shape.layers());
      requireFit(options, "num_attention_heads", tokens.heads());
    } else {
      options.ignore("num_layers", "num_attention_heads");
    }
    if (options.size("num_transformer_submodules", 1) != 1) {
      throw MethodOptions.unsupported("num_transformer_submodules", "not 1");
    }
    return tokens;
  }

  private static void requireFit(MethodOptions options, String key, int needed) {
    int found = options.size(key, needed);
    if (found != needed) {
      throw Problem.caller(
              "ADAPTER_MISMATCH",
              "%s is %d where the base model needs %d".formatted(key, found, needed))
          .at(Problem.FIELD, key)
          .mend("leave it out, or use the base model that it was meant for");
    }
  }

  /** {@code token_dim}: an embedding's width, or that of one layer's keys. */
  int tokenDim() {
    return switch (place) {
      case EMBEDDINGS -> shape.hidden();
      case EVERY_LAYER -> shape.kvHeads() * shape.headDim();
    };
  }

  /** Numbers that make one virtual token. */
  int width() {
    return switch (place) {
      case EMBEDDINGS -> tokenDim();
      case EVERY_LAYER -> shape.layers() * 2 * tokenDim();
    };
  }

  private int heads() {
    return switch (place) {
      case EMBEDDINGS -> shape.heads();
      case EVERY_LAYER -> shape.kvHeads();
    };
  }

  /** Puts what {@link #read} reads into {@code json}. */
  void write(ObjectNode json) {
    json.put("num_virtual_tokens", count);
    json.put("token_dim", tokenDim());
    json.put("num_layers", shape.layers());
    json.put("num_attention_heads", heads());
    json.put("num_transformer_submodules", 1);
  }

  /**
   * The adaptation that puts {@code values} [count, width] in front of every sequence. Its tensors
   * belong to the innermost scope; gradients flow through them.
   */
  Adaptation inFront(PtNDArray values) {
    return switch (place) {
      case EMBEDDINGS -> new Rows(values);
      case EVERY_LAYER -> new Past(prefix(values));
    };
  }

  /**
   * A row holds [layers * 2, kvHeads, headDim]: the keys of layer l at 2l, its values at 2l + 1.
   */
  private Prefix prefix(PtNDArray values) {
    long[] apart = {count, 2L * shape.layers(), shape.kvHeads(), shape.headDim()};
    PtNDArray all = JniUtils.permute(JniUtils.reshape(values, apart), new long[] {1, 2, 0, 3});
    NDList parts = JniUtils.split(all, 1, 0); // [1, kvHeads, count, headDim] each
    List<PtNDArray> keys = new ArrayList<>();
    List<PtNDArray> layerValues = new ArrayList<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      keys.add(JniUtils.squeeze((PtNDArray) parts.get(2 * layer), 0));
      layerValues.add(JniUtils.squeeze((PtNDArray) parts.get(2 * layer + 1), 0));
    }
    return new Prefix(count, keys, layerValues);
  }
}
