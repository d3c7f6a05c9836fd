package dev.tuneline.engine.tensor;

import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.List;

/**
 * Closes, at its end, every tensor that this thread created inside it, except those {@linkplain
 * #keep kept}: they pass to the enclosing scope, or to the caller when there is none.
 *
 * <p>Tensor results otherwise attach to the manager of their first operand and live as long as the
 * model. Autograd holds on to what backward needs by itself, so a scope may end before backward.
 */
public final class Scope implements AutoCloseable {
  private final NDScope inner = new NDScope();
  private final List<PtNDArray> kept = new ArrayList<>();

  /** Lets {@code array}, made in this innermost scope, outlive it. */
  public PtNDArray keep(PtNDArray array) {
    NDScope.unregister(array);
    kept.add(array);
    return array;
  }

  /** Takes {@code array} out of the innermost open scope for good: its owner closes it. */
  public static PtNDArray own(PtNDArray array) {
    NDScope.unregister(array);
    return array;
  }

  @Override
  public void close() {
    inner.close();
    kept.forEach(NDScope::register);
  }
}
