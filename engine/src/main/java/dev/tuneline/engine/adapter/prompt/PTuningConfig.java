package dev.tuneline.engine.adapter.prompt;

import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.ModelShape;
import java.util.List;

/**
 * PEFT's P_TUNING: embeddings in front of the tokens', made by a network.
 *
 * @param type {@code encoder_reparameterization_type}
 * @param hidden {@code encoder_hidden_size}, the network's width
 * @param layers {@code encoder_num_layers}, of the LSTM only
 * @param dropout {@code encoder_dropout}, between the layers of the LSTM only
 */
record PTuningConfig(VirtualTokens tokens, Type type, int hidden, int layers, double dropout)
    implements PromptConfig {
  /** Kinds of network. */
  enum Type {
    /** Three linear modules with ReLU between them. */
    MLP,
    /** A bidirectional LSTM and two linear modules with ReLU between them. */
    LSTM
  }

  PTuningConfig {
    if (!(dropout >= 0 && dropout < 1)) {
      throw MethodOptions.bad("encoder_dropout", "must be at least 0 and below 1, not " + dropout);
    }
  }

  private static final String LSTM = PromptEncoder.NAME + "lstm_head";
  private static final String MLP = PromptEncoder.NAME + "mlp_head.";

  static PTuningConfig read(MethodOptions options, ModelShape shape) {
    VirtualTokens tokens = VirtualTokens.read(options, VirtualTokens.Place.EMBEDDINGS, shape);
    return new PTuningConfig(
        tokens,
        options.choice("encoder_reparameterization_type", Type.MLP),
        options.size("encoder_hidden_size", tokens.tokenDim()),
        options.size("encoder_num_layers", 2),
        options.number("encoder_dropout", 0));
  }

  @Override
  public PromptEncoder encoder(BaseModel base, Fresh fresh) {
    int dim = tokens.tokenDim();
    Stage relu = new Stage.Elementwise(JniUtils::relu);
    List<Stage> stages =
        switch (type) {
          case MLP ->
              List.of(
                  Stage.Dense.fresh(MLP + "0", dim, hidden, fresh),
                  relu,
                  Stage.Dense.fresh(MLP + "2", hidden, hidden, fresh),
                  relu,
                  Stage.Dense.fresh(MLP + "4", hidden, dim, fresh));
          case LSTM ->
              List.of(
                  Lstm.fresh(LSTM, dim, hidden, layers, dropout, fresh),
                  Stage.Dense.fresh(MLP + "0", 2 * hidden, 2 * hidden, fresh),
                  relu,
                  Stage.Dense.fresh(MLP + "2", 2 * hidden, dim, fresh));
        };
    return PromptEncoder.fresh(tokens.count(), dim, stages, fresh);
  }

  @Override
  public void write(ObjectNode json) {
    json.put("encoder_reparameterization_type", type.name());
    json.put("encoder_hidden_size", hidden);
    json.put("encoder_num_layers", layers);
    json.put("encoder_dropout", dropout);
  }
}
