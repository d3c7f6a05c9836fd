package dev.tuneline.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import org.junit.jupiter.api.Test;

class KeyValueCacheTest {
  private static final int[] PROMPT = {3, 14, 15, 92, 65, 35, 89};

  @Test
  void aForkGoesOnAsTheOriginalWouldAndLeavesItAlone() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        KeyValueCache original = new KeyValueCache(base.shape(), 16)) {
      step(base, original, PROMPT);
      try (KeyValueCache same = original.fork(PROMPT.length, 100);
          KeyValueCache shorter = original.fork(3, 3)) {
        assertThat(same.length()).isEqualTo(PROMPT.length);
        step(base, shorter, 200, 201, 202, 203, 204, 205);

        float[] expected = step(base, original, 7);

        assertThat(step(base, same, 7)).containsExactly(expected);
        assertThatThrownBy(() -> original.fork(PROMPT.length + 2, 64))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  private static float[] step(BaseModel base, KeyValueCache cache, int... ids) {
    Batch batch = Batch.builder().sequence(ids, cache, null).logitsAfter(ids.length - 1).build();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      return Tensors.floats(base.decoder().forward(batch));
    }
  }
}
