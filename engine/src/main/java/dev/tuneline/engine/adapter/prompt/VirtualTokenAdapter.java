package dev.tuneline.engine.adapter.prompt;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.AdapterFolder;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Prefix;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The final values of virtual tokens; the encoder that made them is not needed any more. */
final class VirtualTokenAdapter implements Adapter {
  private static final String VALUES = "prompt_embeddings";

  private final PromptLearning method;
  private final PtNDManager manager = Torch.newManager();
  private final PtNDArray values;
  private final Adaptation inFront;

  /** All zero. */
  VirtualTokenAdapter(PromptLearning method, VirtualTokens tokens) {
    this.method = method;
    this.values = Scope.own(Tensors.zeros(manager, tokens.count(), tokens.width()));
    this.inFront = owned(tokens, values);
  }

  /** Views of {@code values} that live as long as it, so that setting it sets them. */
  private static Adaptation owned(VirtualTokens tokens, PtNDArray values) {
    try (var _ = new Scope()) {
      Adaptation inFront = tokens.inFront(values);
      @Nullable Prefix prefix = inFront.prefix();
      if (prefix != null) {
        prefix.keys().forEach(Scope::own);
        prefix.values().forEach(Scope::own);
      }
      return inFront;
    }
  }

  static VirtualTokenAdapter load(
      PromptLearning method, VirtualTokens tokens, AdapterFolder folder) {
    VirtualTokenAdapter adapter = new VirtualTokenAdapter(method, tokens);
    try {
      folder.read(adapter.tensors());
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  /** Overwrites the values with {@code encoded} of the same shape. */
  void set(PtNDArray encoded) {
    Tensors.write(values, Tensors.floats(encoded));
  }

  private Map<String, PtNDArray> tensors() {
    return Map.of(VALUES, values);
  }

  /** Writes a folder that PEFT loads. */
  void save(ObjectNode config, BaseModel base, Path folder) {
    config.put("peft_type", method.peftType());
    AdapterFolder.write(folder, config, base, tensors());
  }

  @Override
  public String method() {
    return method.name();
  }

  @Override
  public long parameterCount() {
    return values.size();
  }

  @Override
  public @Nullable PtNDArray prompt() {
    return inFront.prompt();
  }

  @Override
  public @Nullable Prefix prefix() {
    return inFront.prefix();
  }

  @Override
  public void close() {
    manager.close();
  }
}
