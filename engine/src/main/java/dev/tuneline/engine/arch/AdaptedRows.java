package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which ranges of a batch's rows run with which adapter, so that they share one product. */
public final class AdaptedRows {
  private record Range(int start, int end, @Nullable Adaptation adaptation) {}

  /** What one adapter makes of its own rows. */
  private interface Step {
    PtNDArray apply(Adaptation adaptation, PtNDArray[] own);
  }

  private final List<Range> ranges = new ArrayList<>();

  /** Appends {@code rows} rows of one sequence. */
  @SuppressWarnings("ReferenceEquality") // the same adapter, not an equal one
  void add(int rows, @Nullable Adaptation adaptation) {
    if (rows == 0) {
      return;
    }
    int start = ranges.isEmpty() ? 0 : ranges.getLast().end();
    int end = start + rows;
    if (!ranges.isEmpty() && ranges.getLast().adaptation() == adaptation) {
      start = ranges.removeLast().start();
    }
    ranges.add(new Range(start, end, adaptation));
  }

  /** Whether an adapter may change what {@code module} makes of any row. */
  public boolean adapt(Linear module) {
    return ranges.stream()
        .map(Range::adaptation)
        .anyMatch(adaptation -> adaptation != null && adaptation.adapts(module));
  }

  /** What the one adapter of all rows adds to {@code module}; null where that is not all. */
  public @Nullable LowRank lowRank(Linear module) {
    @Nullable Adaptation only = ranges.size() == 1 ? ranges.getFirst().adaptation() : null;
    return only == null ? null : only.lowRank(module);
  }

  /** Whether an adapter changes what {@code module} makes of any row. */
  public boolean adapt(Norm module) {
    return ranges.stream()
        .map(Range::adaptation)
        .anyMatch(adaptation -> adaptation != null && adaptation.adapts(module));
  }

  /** Those from {@code start} to before {@code end}. */
  public AdaptedRows part(int start, int end) {
    AdaptedRows part = new AdaptedRows();
    for (Range range : ranges) {
      int first = Math.max(start, range.start());
      int rows = Math.min(end, range.end()) - first;
      @Nullable Adaptation adaptation = range.adaptation();
      if (rows > 0) {
        part.add(rows, adaptation == null ? null : adaptation.after(first - range.start()));
      }
    }
    return part;
  }

  PtNDArray input(Linear module, PtNDArray x) {
    return each((adaptation, own) -> adaptation.input(module, own[0]), x);
  }

  PtNDArray output(Linear module, PtNDArray x, PtNDArray y) {
    return each((adaptation, own) -> adaptation.output(module, own[1], own[0]), y, x);
  }

  PtNDArray normalised(Norm module, PtNDArray x, PtNDArray y) {
    return adapt(module)
        ? each((adaptation, own) -> adaptation.normalised(module, own[1], own[0]), y, x)
        : y;
  }

  PtNDArray embedded(Embedding module, PtNDArray ids, PtNDArray y) {
    return each((adaptation, own) -> adaptation.embedded(module, own[1], own[0]), y, ids);
  }

  /** {@code arrays[0]} with every adapter's rows replaced by what the step makes of them. */
  @SuppressWarnings("ReferenceEquality") // equals of tensors compares their elements
  private PtNDArray each(Step step, PtNDArray... arrays) {
    if (ranges.size() == 1) {
      @Nullable Adaptation only = ranges.getFirst().adaptation();
      return only == null ? arrays[0] : step.apply(only, arrays);
    }
    PtNDArray[] parts = new PtNDArray[ranges.size()];
    boolean changed = false;
    for (int i = 0; i < parts.length; i++) {
      Range range = ranges.get(i);
      PtNDArray[] own = new PtNDArray[arrays.length];
      for (int j = 0; j < own.length; j++) {
        own[j] = JniUtils.slice(arrays[j], 0, range.start(), range.end(), 1);
      }
      parts[i] = range.adaptation() == null ? own[0] : step.apply(range.adaptation(), own);
      changed |= parts[i] != own[0];
    }
    return changed ? JniUtils.cat(parts, 0) : arrays[0];
  }
}
