package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.Norm;
import dev.tuneline.engine.arch.TokenScore;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass that all architectures share: embed, blocks, norm, head.
 *
 * @param entry what happens to the embeddings before the first block
 * @param rotary null for a model without rotary positions
 * @param alibi slope of each head's linear bias (Press et al. 2021); null for none
 */
public record DecoderStack(
    ModelShape shape,
    PtNDManager manager,
    Embedding embedding,
    Entry entry,
    @Nullable Rotary rotary,
    @Nullable List<Float> alibi,
    List<Block> blocks,
    Norm norm,
    Linear head)
    implements Decoder {

  /** What happens to embeddings [rows, hidden] before the first block. */
  @FunctionalInterface
  public interface Entry {
    PtNDArray apply(PtNDArray embeddings, Batch batch);

    default List<Norm> norms() {
      return List.of();
    }
  }

  public DecoderStack {
    blocks = List.copyOf(blocks);
  }

  /** A stack of rotary blocks over bare embeddings. */
  public DecoderStack(
      ModelShape shape,
      PtNDManager manager,
      Embedding embedding,
      Rotary rotary,
      List<Block> blocks,
      Norm norm,
      Linear head) {
    this(shape, manager, embedding, (x, _) -> x, rotary, null, blocks, norm, head);
  }

  @Override
  public PtNDArray forward(Batch batch) {
    try (Scope scope = new Scope()) {
      PtNDArray x = hidden(batch);
      batch.advanceCaches();
      return scope.keep(head.apply(leave(x, batch), batch.askedRows()));
    }
  }

  @Override
  public TokenScore score(Batch batch, int[] targets) {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      return headLoss(batch, targets).score(leave(hidden(batch), batch));
    }
  }

  @Override
  public PtNDArray backward(Batch batch, int[] targets, PtNDArray gradient, boolean recomputed) {
    return new BlockwiseBackward(this, batch, recomputed)
        .backward(headLoss(batch, targets), gradient);
  }

  private HeadLoss headLoss(Batch batch, int[] targets) {
    return new HeadLoss(head, batch.askedRows(), targets);
  }

  /** The last block's output [asked rows, hidden]. */
  private PtNDArray hidden(Batch batch) {
    Pass pass = pass(batch);
    PtNDArray x = enter(batch);
    for (int i = 0; i < blocks.size(); i++) {
      x = block(i, x, pass);
    }
    return x;
  }

  /** What the blocks of a forward over {@code batch} share. */
  public Pass pass(Batch batch) {
    Set<Integer> windows = blocks.stream().map(Block::window).collect(Collectors.toSet());
    return new Pass(
        batch,
        new Attention(shape, batch, windows, alibi, manager),
        rotary == null ? null : rotary.at(batch, manager),
        batch.rows(),
        new Leaving(null, batch.rows()),
        new Leaving(
            batch.asksAllRows() ? null : Tensors.ofIndices(manager, batch.logitRows()),
            batch.askedRows()));
  }

  /** The first block's input [rows, hidden]. */
  public PtNDArray enter(Batch batch) {
    return entry.apply(embedding.rows(batch, manager), batch);
  }

  /** Runs block {@code index} over x [rows, hidden]; out of the last come the asked rows only. */
  PtNDArray block(int index, PtNDArray x, Pass pass) {
    return blocks.get(index).forward(x, of(index, pass));
  }

  /** The same for a backward; see {@link Block#trace}. */
  Trace trace(int index, PtNDArray x, Pass pass, boolean further) {
    return blocks.get(index).trace(x, of(index, pass), further);
  }

  private Pass of(int index, Pass pass) {
    return index == blocks.size() - 1 ? pass.last() : pass;
  }

  /** The head's input [asked rows, hidden] after the last block's output x [asked rows, hidden]. */
  public PtNDArray leave(PtNDArray x, Batch batch) {
    return norm.apply(x, batch.askedRows());
  }

  @Override
  public SequencedMap<String, Norm> norms() {
    SequencedMap<String, Norm> norms = new LinkedHashMap<>();
    entry.norms().forEach(n -> norms.put(n.module(), n));
    blocks.forEach(block -> block.norms().forEach(n -> norms.put(n.module(), n)));
    norms.put(norm.module(), norm);
    return Collections.unmodifiableSequencedMap(norms);
  }

  @Override
  public SequencedMap<String, Linear> linears() {
    SequencedMap<String, Linear> linears = new LinkedHashMap<>();
    blocks.forEach(block -> block.linears().forEach(l -> linears.put(l.module(), l)));
    linears.put(head.module(), head);
    return Collections.unmodifiableSequencedMap(linears);
  }
}
