package dev.tuneline.engine.arch;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Collects the dimensions of a model's weights by name, in the order of its modules. */
public final class WeightShapes {
  private final SequencedMap<String, List<Long>> shapes = new LinkedHashMap<>();

  /** A matrix [rows, columns] without bias: a table of embeddings, or a head. */
  public WeightShapes matrix(String module, long rows, long columns) {
    shapes.put(module + ".weight", List.of(rows, columns));
    return this;
  }

  /** A projection, stored [out, in]. */
  public WeightShapes linear(String module, long out, long in, boolean biased) {
    matrix(module, out, in);
    return biased ? bias(module, out) : this;
  }

  /** A projection with bias, stored [in, out]. */
  public WeightShapes conv1d(String module, long out, long in) {
    return matrix(module, in, out).bias(module, out);
  }

  /** A normalisation's weight. */
  public WeightShapes norm(String module, long width, boolean biased) {
    shapes.put(module + ".weight", List.of(width));
    return biased ? bias(module, width) : this;
  }

  private WeightShapes bias(String module, long width) {
    shapes.put(module + ".bias", List.of(width));
    return this;
  }

  /** What was collected. */
  public SequencedMap<String, List<Long>> all() {
    return Collections.unmodifiableSequencedMap(shapes);
  }
}
