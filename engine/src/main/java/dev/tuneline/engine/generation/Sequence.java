package dev.tuneline.engine.generation;

import dev.tuneline.engine.arch.KeyValueCache;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.tokenizer.StreamDecoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A completion in progress: its cache, sampler and tokens so far.
 *
 * <p>Stepped by one thread; {@link #cancel} may come from any. {@link #close} frees the cache.
 */
public final class Sequence implements AutoCloseable {
  private final GenerationRequest request;
  private final @Nullable StreamDecoder stream;
  private final StopStrings stops;
  private final KeyValueCache cache;
  private final Sampler sampler;
  private final int context;
  private final List<GeneratedToken> tokens = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private int[] pending;
  private @Nullable FinishReason finished;
  private volatile boolean cancelled;

  Sequence(GenerationRequest request, @Nullable StreamDecoder stream, ModelShape shape) {
    this.request = request;
    this.stream = stream;
    this.stops = new StopStrings(request.stops());
    this.pending = request.prompt().stream().mapToInt(Integer::intValue).toArray();
    this.sampler = new Sampler(request.sampling(), pending);
    this.context = shape.maxPositions();
    this.cache = new KeyValueCache(shape, Math.min(context, pending.length + 32));
  }

  public GenerationRequest request() {
    return request;
  }

  /** What was generated so far, the token that ended the turn included. */
  public List<GeneratedToken> tokens() {
    return Collections.unmodifiableList(tokens);
  }

  /** Ids of {@link #tokens}. */
  public int[] ids() {
    return tokens.stream().mapToInt(GeneratedToken::id).toArray();
  }

  /** The text given out so far, without stop strings and ends of turn. */
  public String text() {
    return text.toString();
  }

  /** Why it ended; null while it goes on. */
  public @Nullable FinishReason finishReason() {
    return finished;
  }

  /** Ends it before its next step. */
  public void cancel() {
    cancelled = true;
  }

  /** Notices a cancel; returns whether there is nothing left to do. */
  boolean settle() {
    if (finished == null && cancelled) {
      finished = FinishReason.CANCELLED;
    }
    return finished != null;
  }

  KeyValueCache cache() {
    return cache;
  }

  /** Tokens that the model has not seen: the prompt first, then the last token. */
  int[] pending() {
    return pending;
  }

  /** Chooses the next token from the logits after the pending ones. */
  GeneratedToken accept(float[] logits) {
    @Nullable LogProbs logProbs = request.topLogProbs() < 0 ? null : new LogProbs(logits);
    int id = sampler.next(logits);
    pending = new int[] {id};
    String shown = show(id);
    text.append(shown);
    GeneratedToken token =
        new GeneratedToken(
            id,
            logProbs == null ? OptionalDouble.empty() : OptionalDouble.of(logProbs.of(id)),
            logProbs == null ? List.of() : logProbs.top(request.topLogProbs()),
            shown);
    tokens.add(token);
    return token;
  }

  private String show(int id) {
    boolean eos = request.eosIds().contains(id);
    String shown = eos || stream == null ? "" : stops.push(stream.next(id));
    if (eos) {
      finished = FinishReason.EOS;
    } else if (stops.stopped()) {
      finished = FinishReason.STOP_STRING;
    } else if (tokens.size() + 1 >= request.maxNewTokens() || cache.length() + 1 > context) {
      finished = FinishReason.LENGTH;
    }
    if (finished != null && stream != null && finished != FinishReason.STOP_STRING) {
      shown += stops.push(stream.finish()) + stops.finish();
      finished = stops.stopped() ? FinishReason.STOP_STRING : finished;
    }
    return shown;
  }

  @Override
  public void close() {
    cache.close();
  }
}
