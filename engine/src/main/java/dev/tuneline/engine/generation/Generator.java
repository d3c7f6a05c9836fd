package dev.tuneline.engine.generation;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tokenizer.StreamDecoder;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decodes sets of sequences over one base model, each with its own adapter, cache and randomness.
 *
 * <p>Stateless: who schedules sequences decides which ones share a step. A step runs on one
 * platform thread; different sequences may be stepped on different threads at once.
 */
public final class Generator {
  private final BaseModel base;

  public Generator(BaseModel base) {
    this.base = base;
  }

  /**
   * A sequence before its first step; the caller closes it.
   *
   * @param stream gives its text; null when only ids are wanted
   * @throws Problem PROMPT_TOO_LONG, or MALFORMED_REQUEST for ids outside the vocabulary and for
   *     stop strings without a text stream
   */
  public Sequence start(GenerationRequest request, @Nullable StreamDecoder stream) {
    int context = base.shape().room(request.adaptation());
    if (request.prompt().size() >= context) {
      throw Problem.caller(
              "PROMPT_TOO_LONG",
              "the prompt has %d tokens, the model's context is %d"
                  .formatted(request.prompt().size(), context))
          .at(Problem.FIELD, "prompt")
          .mend("shorten the conversation");
    }
    for (int id : request.prompt()) {
      if (id < 0 || id >= base.shape().vocab()) {
        throw Problem.caller(
                "MALFORMED_REQUEST", "token %d is outside the vocabulary".formatted(id))
            .at(Problem.FIELD, "prompt");
      }
    }
    if (stream == null && !request.stops().isEmpty()) {
      throw Problem.caller("MALFORMED_REQUEST", "stop strings need text").at(Problem.FIELD, "stop");
    }
    return new Sequence(request, stream, base.shape());
  }

  /**
   * Generates one token for every unfinished sequence: new ones read their prompts first.
   *
   * @return what was generated; finished and cancelled sequences are absent
   */
  public Map<Sequence, GeneratedToken> step(List<Sequence> sequences) {
    List<Sequence> active = byAdapter(sequences);
    if (active.isEmpty()) {
      return Map.of();
    }
    Batch.Builder batch = Batch.builder();
    for (Sequence sequence : active) {
      int[] pending = sequence.pending();
      batch
          .sequence(pending, sequence.cache(), sequence.request().adaptation())
          .logitsAfter(pending.length - 1);
    }
    Map<Sequence, GeneratedToken> generated = new LinkedHashMap<>();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      PtNDArray logits = base.decoder().forward(batch.build()); // [sequences, vocab]
      float[] all = Tensors.floats(logits);
      int vocab = base.shape().vocab();
      for (int i = 0; i < active.size(); i++) {
        float[] row = Arrays.copyOfRange(all, i * vocab, (i + 1) * vocab);
        generated.put(active.get(i), active.get(i).accept(row));
      }
    }
    return generated;
  }

  /** Generates all requests to their ends in one set and returns their ids in order. */
  public List<int[]> generate(List<GenerationRequest> requests) {
    List<Sequence> sequences = new ArrayList<>();
    try {
      requests.forEach(request -> sequences.add(start(request, null)));
      while (sequences.stream().anyMatch(s -> s.finishReason() == null)) {
        step(sequences);
      }
      return sequences.stream().map(Sequence::ids).toList();
    } finally {
      sequences.forEach(Sequence::close);
    }
  }

  /** Those not finished, grouped so that one adapter's rows are neighbours. */
  private static List<Sequence> byAdapter(List<Sequence> sequences) {
    IdentityHashMap<Object, List<Sequence>> groups = new IdentityHashMap<>();
    List<List<Sequence>> inOrder = new ArrayList<>();
    for (Sequence sequence : sequences) {
      if (!sequence.settle()) {
        @Nullable Adaptation adaptation = sequence.request().adaptation();
        Object key = adaptation == null ? Collections.EMPTY_LIST : adaptation;
        groups
            .computeIfAbsent(
                key,
                _ -> {
                  List<Sequence> group = new ArrayList<>();
                  inOrder.add(group);
                  return group;
                })
            .add(sequence);
      }
    }
    return inOrder.stream().flatMap(List::stream).toList();
  }
}
