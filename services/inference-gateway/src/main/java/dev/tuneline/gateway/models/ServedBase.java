package dev.tuneline.gateway.models;

import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.generation.Sampling;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.gateway.answering.EngineLoop;
import java.util.Set;
import java.util.TreeSet;

/**
 * A base model in memory.
 *
 * @param defaults how tokens are chosen where a request does not say
 * @param loop makes its answers
 */
public record ServedBase(
    String name,
    BaseModel model,
    Tokenizer tokenizer,
    ChatTemplate template,
    Sampling defaults,
    EngineLoop loop)
    implements AutoCloseable {

  /** The most tokens of prompt and answer together. */
  public int contextTokens() {
    return model.shape().maxPositions();
  }

  /** Ids of the tokens that end an answer. */
  public Set<Integer> endIds() {
    Set<Integer> ids = new TreeSet<>(tokenizer.specialTokens().stopIds());
    ids.addAll(model.eosIds());
    return ids;
  }

  @Override
  public void close() {
    loop.close();
    tokenizer.close();
    model.close();
  }
}
