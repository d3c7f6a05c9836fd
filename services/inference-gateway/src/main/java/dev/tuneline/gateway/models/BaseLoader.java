package dev.tuneline.gateway.models;

import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.generation.Penalties;
import dev.tuneline.engine.generation.Sampling;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.gateway.answering.EngineLoop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a base model into memory and starts its engine loop. Runs on a platform thread.
 *
 * @param maxSequences answers made at once
 * @param queueLimit requests that may wait
 * @param bf16BaseModels names of those held in bf16; the others are held in fp32
 */
public record BaseLoader(int maxSequences, int queueLimit, Set<String> bf16BaseModels)
    implements BiFunction<String, Path, ServedBase> {
  private static final Logger log = LoggerFactory.getLogger(BaseLoader.class);

  @Override
  public ServedBase apply(String name, Path folder) {
    long begin = System.nanoTime();
    ChatTemplate template = ChatTemplate.load(folder);
    Sampling defaults = defaults(folder.resolve("generation_config.json"));
    Tokenizer tokenizer = Tokenizer.load(folder);
    try {
      Precision precision = bf16BaseModels.contains(name) ? Precision.BF16 : Precision.FP32;
      BaseModel model = BaseModel.load(folder, precision);
      model.digest(); // reads the files once, here and not under a request
      EngineLoop loop = new EngineLoop(name, model, tokenizer, maxSequences, queueLimit).start();
      log.info(
          "base model {} is loaded: {} weights in {}, {} ms",
          name,
          model.parameterCount(),
          precision.label(),
          (System.nanoTime() - begin) / 1_000_000);
      return new ServedBase(name, model, tokenizer, template, defaults, loop);
    } catch (RuntimeException | Error e) {
      tokenizer.close();
      throw e;
    }
  }

  /**
   * What generation_config.json says, as transformers and vLLM take it: its filters and penalty
   * hold for every request that does not say otherwise, its temperature only if it asks for
   * sampling.
   */
  private static Sampling defaults(Path file) {
    if (!Files.isRegularFile(file)) {
      return Sampling.GREEDY;
    }
    var json = ConfigReader.open(file).root();
    return new Sampling(
        json.path("do_sample").asBoolean(false) ? json.path("temperature").asDouble(1) : 0,
        json.path("top_k").asInt(0),
        json.path("top_p").asDouble(1),
        json.path("min_p").asDouble(0),
        Penalties.repetition(json.path("repetition_penalty").asDouble(1)),
        Map.of(),
        0);
  }
}
