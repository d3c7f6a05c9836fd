package dev.tuneline.engine.adapter.prompt;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.adapter.DropoutMasks;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * torch.nn.LSTM over the virtual tokens in both directions: [tokens, in] -> [tokens, 2 hidden].
 *
 * @param layers the tensors of each layer, by torch's names and in its order
 * @param dropout on the output of every layer but the last
 */
record Lstm(String module, int hidden, List<SequencedMap<String, PtNDArray>> layers, double dropout)
    implements Stage {
  private static final int GATES = 4;

  static Lstm fresh(String module, int in, int hidden, int layers, double dropout, Fresh fresh) {
    List<SequencedMap<String, PtNDArray>> all = new ArrayList<>();
    int width = in;
    for (int layer = 0; layer < layers; layer++) {
      SequencedMap<String, PtNDArray> tensors = new LinkedHashMap<>();
      for (String suffix : List.of("_l" + layer, "_l" + layer + "_reverse")) {
        long gates = (long) GATES * hidden;
        put(tensors, module + ".weight_ih" + suffix, hidden, fresh, gates, width);
        put(tensors, module + ".weight_hh" + suffix, hidden, fresh, gates, hidden);
        put(tensors, module + ".bias_ih" + suffix, hidden, fresh, gates);
        put(tensors, module + ".bias_hh" + suffix, hidden, fresh, gates);
      }
      all.add(tensors);
      width = 2 * hidden;
    }
    return new Lstm(module, hidden, List.copyOf(all), dropout);
  }

  private static void put(
      SequencedMap<String, PtNDArray> tensors, String name, int hidden, Fresh fresh, long... dims) {
    tensors.put(name, fresh.uniform(name, hidden, dims));
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    SequencedMap<String, PtNDArray> parameters = new LinkedHashMap<>();
    layers.forEach(parameters::putAll);
    return parameters;
  }

  @Override
  public PtNDArray apply(PtNDArray x, @Nullable DropoutMasks masks) {
    PtNDManager manager = layers.getFirst().firstEntry().getValue().getManager();
    PtNDArray zeros = Tensors.zeros(manager, 2, 1, hidden); // [directions, batch, hidden]
    NDList begin = new NDList(zeros, zeros);
    PtNDArray y = x;
    for (int layer = 0; layer < layers.size(); layer++) {
      if (layer > 0 && masks != null && dropout > 0) {
        long[] dims = y.getShape().getShape();
        y = JniUtils.mul(y, masks.at(module + ".l" + layer, manager, dims[0], dims[1], dropout));
      }
      NDList tensors = new NDList(layers.get(layer).values().toArray(PtNDArray[]::new));
      PtNDArray batch = JniUtils.unsqueeze(y, 0); // [1, tokens, in]
      NDList out = JniUtils.lstm(batch, begin, tensors, true, 1, 0, true, true, true);
      y = JniUtils.squeeze((PtNDArray) out.get(0), 0);
    }
    return y;
  }
}
