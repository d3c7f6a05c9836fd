package dev.tuneline.evaluator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.AdapterIdentity;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.proto.v1.Adapter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Really trained adapters of the tiny base model. */
final class TinyAdapters {
  private static final int EPOCHS = 60;

  private TinyAdapters() {}

  /** An adapter that has learned the examples by heart. */
  static Adapter learned(List<Example> examples, ArtifactStore store, Path scratch) {
    Path folder = EvaluationSite.MODELS.resolve(EvaluationSite.BASE_MODEL);
    ChatTemplate template = ChatTemplate.load(folder);
    ObjectNode options = JsonNodeFactory.instance.objectNode().put("r", 8).put("lora_alpha", 16);
    options.putArray("target_modules").add("q_proj").add("v_proj").add("up_proj").add("down_proj");
    try (BaseModel base = BaseModel.load(folder);
        Tokenizer tokenizer = Tokenizer.load(folder);
        Tunable tunable = Methods.start("lora", options, base, 1);
        Trainer trainer =
            new Trainer(
                base,
                tunable,
                encoded(examples, new ExampleEncoder(tokenizer, template, 128)),
                TrainingSpec.of(EPOCHS, examples.size(), 1, 2e-2, 1))) {
      while (!trainer.finished()) {
        trainer.next();
      }
      Path saved = Files.createTempDirectory(scratch, "adapter");
      tunable.save(saved);
      return Adapter.newBuilder()
          .setAdapterId(AdapterIdentity.of(saved, base.digest(), template.digest()))
          .setBaseModel(EvaluationSite.BASE_MODEL)
          .setBaseDigest(base.digest())
          .setTemplateDigest(template.digest())
          .setFolder(store.putFolder(saved))
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<TrainingExample> encoded(List<Example> examples, ExampleEncoder encoder) {
    List<TrainingExample> encoded = new ArrayList<>();
    for (Example example : examples) {
      List<ChatMessage> messages =
          example.messages().stream()
              .map(message -> new ChatMessage(message.role(), message.content()))
              .toList();
      EncodedExample ids = encoder.conversation(messages, ExampleEncoder.TrainedTurns.LAST);
      encoded.add(new TrainingExample(ids.inputIds(), ids.labels()));
    }
    return encoded;
  }
}
