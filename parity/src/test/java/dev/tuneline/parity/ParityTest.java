package dev.tuneline.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Everything in the golden files passes. */
class ParityTest {
  static final Path FIXTURES = Path.of("../fixtures");

  @TestFactory
  Stream<DynamicTest> fixtures() {
    return Parity.cases(FIXTURES).stream()
        .map(c -> DynamicTest.dynamicTest(c.name(), () -> requirePass(c)));
  }

  private static void requirePass(ParityCase parityCase) {
    Outcome outcome = parityCase.run();
    assertThat(outcome.failures()).as(outcome.name()).isEmpty();
    assertThat(outcome.checks()).isPositive();
  }
}
