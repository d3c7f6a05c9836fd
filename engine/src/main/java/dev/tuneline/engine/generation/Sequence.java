package dev.tuneline.engine.generation;

import dev.tuneline.engine.arch.KeyValueCache;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.tokenizer.StreamDecoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A completion in progress: its cache, sampler and tokens so far.
 *
 * <p>Stepped by one thread; {@link #cancel} may come from any. {@link #close} frees the cache.
 */
public final class Sequence implements AutoCloseable {
  /** Room for the first tokens of an answer. */
  private static final int FIRST_TOKENS = 32;

  private final GenerationRequest request;
  private final @Nullable StreamDecoder stream;
  private final ModelShape shape;
  private final int context;
  private final StopStrings stops;
  private final Sampler sampler;
  private final List<GeneratedToken> tokens = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private @Nullable KeyValueCache cache;
  private @Nullable FinishReason finished;
  private volatile boolean cancelled;

  Sequence(GenerationRequest request, @Nullable StreamDecoder stream, ModelShape shape) {
    this.request = request;
    this.stream = stream;
    this.shape = shape;
    this.context = shape.room(request.prompt().adaptation());
    this.stops = new StopStrings(request.stops());
    this.sampler = new Sampler(request.sampling(), request.prompt().ids());
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

  /**
   * Notices a cancel and that nothing is to be done; returns whether there is nothing left to do.
   */
  boolean settle() {
    if (finished == null && cancelled) {
      finished = FinishReason.CANCELLED;
    }
    if (finished == null && request.maxNewTokens() == 0 && !wantsReading()) {
      finished = FinishReason.LENGTH;
    }
    return finished != null;
  }

  private boolean wantsReading() {
    return request.prompt().topLogProbs() >= 0 && cache == null;
  }

  /** Whether it has no cache yet, and so no token. */
  boolean isNew() {
    return cache == null;
  }

  /** Goes on from another's reading of the same prompt; false when there is none. */
  boolean fork() {
    cache = request.prompt().reading(FIRST_TOKENS);
    return cache != null;
  }

  /** An empty cache with room for the prompt, which this sequence is to read. */
  KeyValueCache open() {
    cache =
        new KeyValueCache(
            shape, Math.min(shape.maxPositions(), request.prompt().size() + FIRST_TOKENS));
    return cache;
  }

  KeyValueCache cache() {
    if (cache == null) {
      throw new IllegalStateException("the sequence has not begun");
    }
    return cache;
  }

  /** Prompt and generated tokens. */
  int[] allIds() {
    List<Integer> all = new ArrayList<>(request.prompt().ids());
    tokens.forEach(token -> all.add(token.id()));
    return all.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The token that the model has not seen; there is one once it has begun. */
  int lastId() {
    return tokens.getLast().id();
  }

  /**
   * Chooses the next token.
   *
   * @param logits [vocab] after the last one; overwritten
   * @param alone the same, computed from this sequence alone
   */
  GeneratedToken accept(float[] logits, Supplier<float[]> alone) {
    @Nullable LogProbs logProbs = request.topLogProbs() < 0 ? null : LogProbs.ofLogits(logits);
    int id = sampler.next(logits, alone);
    String shown = show(id);
    text.append(shown);
    GeneratedToken token =
        new GeneratedToken(
            id, logProbs == null ? null : logProbs.of(id, request.topLogProbs()), shown);
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
    } else if (tokens.size() + 1 >= request.maxNewTokens() || full()) {
      finished = FinishReason.LENGTH;
    }
    if (finished != null && stream != null && finished != FinishReason.STOP_STRING) {
      shown += stops.push(stream.finish()) + stops.finish();
      finished = stops.stopped() ? FinishReason.STOP_STRING : finished;
    }
    return shown;
  }

  private boolean full() {
    return request.prompt().size() + tokens.size() + 1 > context;
  }

  @Override
  public void close() {
    if (cache != null) {
      request.prompt().leaves(cache);
      cache.close();
      cache = null;
    }
  }
}
