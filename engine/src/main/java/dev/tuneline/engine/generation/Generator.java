package dev.tuneline.engine.generation;

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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decodes sets of sequences over one base model, each with its own adapter, cache and randomness.
 *
 * <p>Stateless: who schedules sequences decides which ones share a step. A step runs on one
 * platform thread; different sequences may be stepped on different threads at once.
 */
public final class Generator {
  private final BaseModel base;
  private final PromptReader prompts;

  public Generator(BaseModel base) {
    this.base = base;
    this.prompts = new PromptReader(base);
  }

  /**
   * A sequence before its first step; the caller closes it.
   *
   * @param stream gives its text; null when only ids are wanted
   * @throws Problem PROMPT_TOO_LONG, or MALFORMED_REQUEST for ids outside the vocabulary and for
   *     stop strings without a text stream
   */
  public Sequence start(GenerationRequest request, @Nullable StreamDecoder stream) {
    int context = base.shape().room(request.prompt().adaptation());
    if (request.prompt().size() + Math.min(1, request.maxNewTokens()) > context) {
      throw Problem.caller(
              "PROMPT_TOO_LONG",
              "the prompt has %d tokens, the model's context is %d"
                  .formatted(request.prompt().size(), context))
          .at(Problem.FIELD, "prompt")
          .mend("shorten the conversation");
    }
    request.prompt().ids().forEach(id -> requireToken(id, "prompt"));
    request.sampling().logitBias().keySet().forEach(id -> requireToken(id, "logit_bias"));
    if (stream == null && !request.stops().isEmpty()) {
      throw Problem.caller("MALFORMED_REQUEST", "stop strings need text").at(Problem.FIELD, "stop");
    }
    return new Sequence(request, stream, base.shape());
  }

  private void requireToken(int id, String field) {
    if (id < 0 || id >= base.shape().vocab()) {
      throw Problem.caller("MALFORMED_REQUEST", "token %d is outside the vocabulary".formatted(id))
          .at(Problem.FIELD, field);
    }
  }

  /**
   * Generates one token for every unfinished sequence: new ones read their prompts first, those of
   * one prompt together.
   *
   * @return what was generated; finished and cancelled sequences are absent
   */
  public Map<Sequence, GeneratedToken> step(List<Sequence> sequences) {
    List<Sequence> active = byAdapter(sequences);
    Map<Sequence, GeneratedToken> generated = new LinkedHashMap<>();
    List<Sequence> stepping = new ArrayList<>();
    List<Sequence> waiting = new ArrayList<>();
    Set<Prompt> beingRead = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Sequence sequence : active) {
      Prompt prompt = sequence.request().prompt();
      if (!sequence.isNew()) {
        stepping.add(sequence);
      } else if (beingRead.contains(prompt) || sequence.fork()) {
        waiting.add(sequence);
      } else if (prompt.topLogProbs() >= 0) {
        prompts.read(prompt, sequence.open());
        waiting.add(sequence);
      } else {
        beingRead.add(prompt);
        stepping.add(sequence);
      }
    }
    forward(stepping, generated);
    for (Sequence sequence : waiting) {
      if (sequence.isNew() && !sequence.fork()) {
        throw new IllegalStateException("the prompt was read in this step");
      }
      if (!sequence.settle()) {
        accept(sequence, sequence.request().prompt().logits(), generated);
      }
    }
    return generated;
  }

  /** Runs prompts that nobody has read and the last tokens of the others, all in one. */
  private void forward(List<Sequence> stepping, Map<Sequence, GeneratedToken> generated) {
    if (stepping.isEmpty()) {
      return;
    }
    Batch.Builder batch = Batch.builder();
    List<Sequence> readers = new ArrayList<>();
    for (Sequence sequence : stepping) {
      int[] ids = sequence.isNew() ? sequence.allIds() : new int[] {sequence.lastId()};
      if (sequence.isNew()) {
        sequence.open();
        readers.add(sequence);
      }
      batch
          .sequence(ids, sequence.cache(), sequence.request().prompt().adaptation())
          .logitsAfter(ids.length - 1);
    }
    float[] all = logits(batch.build());
    int vocab = base.shape().vocab();
    for (int i = 0; i < stepping.size(); i++) {
      Sequence sequence = stepping.get(i);
      float[] row = Arrays.copyOfRange(all, i * vocab, (i + 1) * vocab);
      if (readers.contains(sequence)) {
        sequence.request().prompt().read(sequence.cache(), row, List.of());
      }
      accept(sequence, row, generated);
    }
  }

  private void accept(Sequence sequence, float[] row, Map<Sequence, GeneratedToken> generated) {
    generated.put(sequence, sequence.accept(row, () -> alone(sequence)));
  }

  /** The logits after all of a sequence's tokens, from a forward of its own. */
  private float[] alone(Sequence sequence) {
    int[] ids = sequence.allIds();
    return logits(
        Batch.builder()
            .sequence(ids, null, sequence.request().prompt().adaptation())
            .logitsAfter(ids.length - 1)
            .build());
  }

  private float[] logits(Batch batch) {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      return Tensors.floats(base.decoder().forward(batch)); // [asked rows, vocab]
    }
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
        @Nullable Adaptation adaptation = sequence.request().prompt().adaptation();
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
