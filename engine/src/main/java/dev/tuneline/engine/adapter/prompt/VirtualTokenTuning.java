package dev.tuneline.engine.adapter.prompt;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.DropoutMasks;
import dev.tuneline.engine.adapter.TrainableCount;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Torch;
import java.nio.file.Path;
import java.util.SequencedMap;

/** Trains the encoder of virtual tokens; what is saved is what it makes. */
final class VirtualTokenTuning implements Tunable {
  private final PromptLearning method;
  private final PromptConfig config;
  private final BaseModel base;
  private final PtNDManager manager = Torch.newManager();
  private final PromptEncoder encoder;
  private final VirtualTokenAdapter made;

  VirtualTokenTuning(PromptLearning method, PromptConfig config, BaseModel base, long seed) {
    this.method = method;
    this.config = config;
    this.base = base;
    try {
      this.encoder = config.encoder(base, new Fresh(manager, seed));
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
    this.made = new VirtualTokenAdapter(method, config.tokens());
    encoder.parameters().values().forEach(p -> p.setRequiresGradient(true));
  }

  @Override
  public String method() {
    return method.name();
  }

  @Override
  public ObjectNode options() {
    return config.toJson();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    return encoder.parameters();
  }

  /** The rule of Hugging Face's Trainer: biases are exempt. */
  @Override
  public boolean decays(String parameter) {
    return !parameter.contains("bias");
  }

  @Override
  public TrainableCount count() {
    return new TrainableCount(parameterCount(), parameterCount() + base.parameterCount());
  }

  /** Encodes once; all sequences of the forward share the result, and the dropout. */
  @Override
  public Adaptation adaptation(DropoutMasks masks) {
    return config.tokens().inFront(encoder.encode(masks));
  }

  @Override
  public Adaptation adaptation() {
    return made();
  }

  @Override
  public void save(Path folder) {
    made().save(config.toPeft(base), base, folder);
  }

  private VirtualTokenAdapter made() {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      made.set(encoder.encode(null));
    }
    return made;
  }

  @Override
  public void close() {
    made.close();
    manager.close();
  }
}
