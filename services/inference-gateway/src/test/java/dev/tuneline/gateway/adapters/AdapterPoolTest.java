package dev.tuneline.gateway.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Adapter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AdapterPoolTest {
  private final List<String> loaded = new ArrayList<>();
  private final List<String> freed = new ArrayList<>();
  private final AdapterPool pool = new AdapterPool(2, this::load, Runnable::run);

  private LoadedAdapter load(Adapter adapter) {
    String id = adapter.getAdapterId();
    if (id.startsWith("bad")) {
      throw Problem.caller("MALFORMED_ADAPTER", id);
    }
    loaded.add(id);
    return new LoadedAdapter(id, adapter.getBaseModel(), new Adaptation() {}, () -> freed.add(id));
  }

  private static Adapter adapter(String id) {
    return Adapter.newBuilder().setBaseModel("base").setAdapterId(id).build();
  }

  private AdapterPool.Lease lease(String id) {
    return pool.lease(adapter(id)).join();
  }

  @Test
  void anAdapterIsLoadedOnceForAllItsUsers() {
    try (var first = lease("a");
        var second = lease("a")) {
      assertThat(first.adapter()).isSameAs(second.adapter());
    }
    assertThat(loaded).containsExactly("a");
    assertThat(freed).isEmpty();
  }

  @Test
  void theOneThatWasIdleLongestMakesRoom() {
    lease("a").close();
    lease("b").close();
    lease("a").close();

    lease("c").close();

    assertThat(freed).containsExactly("b");
    assertThat(pool.holds(adapter("a"))).isTrue();
  }

  @Test
  void whatIsInUseIsNeverFreedAndNewOnesAreToldToWait() {
    try (var _ = lease("a");
        var _ = lease("b")) {
      assertThat(pool.lease(adapter("c")))
          .failsWithin(java.time.Duration.ZERO)
          .withThrowableThat()
          .havingRootCause()
          .isInstanceOfSatisfying(
              Problem.class, p -> assertThat(p.reason()).isEqualTo("ADAPTERS_FULL"));
    }
    lease("c").close();
    assertThat(freed).hasSize(1);
  }

  @Test
  void aPinnedAdapterOutlivesTheIdleOnes() {
    try (var _ = pool.pin(adapter("a")).join()) {
      lease("b").close();
      lease("c").close();
      assertThat(freed).containsExactly("b");
    }
  }

  @Test
  void anUnpinnedAdapterIsFreedWhenItsLastUserEnds() {
    AdapterPool.Lease pin = pool.pin(adapter("a")).join();
    AdapterPool.Lease use = pin.share().orElseThrow();
    pin.close();
    pin.close();
    assertThat(freed).isEmpty();
    assertThat(pin.share()).isEmpty();

    use.close();

    assertThat(freed).containsExactly("a");
    assertThat(pool.holds(adapter("a"))).isFalse();
  }

  @Test
  void anAdapterPinnedTwiceStaysForTheSecondPin() {
    AdapterPool.Lease first = pool.pin(adapter("a")).join();
    AdapterPool.Lease second = pool.pin(adapter("a")).join();
    first.close();
    assertThat(freed).isEmpty();
    second.close();
    assertThat(freed).containsExactly("a");
  }

  @Test
  void whatCannotBeLoadedTakesNoPlaceAndIsTriedAgain() {
    for (int i = 0; i < 3; i++) {
      CompletableFuture<AdapterPool.Lease> lease = pool.lease(adapter("bad"));
      assertThatThrownBy(lease::join).hasRootCauseInstanceOf(Problem.class);
    }
    assertThat(pool.holds(adapter("bad"))).isFalse();
  }

  @Test
  void closingFreesWhatIsIdleAndTheLastUserTheRest() {
    lease("a").close();
    AdapterPool.Lease use = lease("b");
    pool.close();
    assertThat(freed).containsExactly("a");
    use.close();
    assertThat(freed).containsExactly("a", "b");
    assertThatThrownBy(() -> lease("c")).hasRootCauseInstanceOf(Problem.class);
  }
}
