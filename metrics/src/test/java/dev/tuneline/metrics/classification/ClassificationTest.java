package dev.tuneline.metrics.classification;

import static dev.tuneline.metrics.Golden.closely;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.errors.Problem;
import dev.tuneline.metrics.Golden;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassificationTest {
  private final JsonNode golden = Golden.json("classification.json");
  private final Classification classification =
      Classification.of(
          Golden.strings(golden.get("gold")), Golden.strings(golden.get("predicted")));

  @Test
  void equalsScikitLearn() {
    assertEqual(classification.accuracy(), golden.get("accuracy"));
    assertEqual(classification.micro(), golden.get("micro_prf"));
    assertEqual(classification.macro(), golden.get("macro_prf"));
    assertEqual(classification.weighted(), golden.get("weighted_prf"));
  }

  @Test
  void equalsScikitLearnForEachLabel() {
    List<String> labels = classification.labels();
    assertThat(labels).isEqualTo(Golden.strings(golden.get("labels_sorted")));
    for (int i = 0; i < labels.size(); i++) {
      JsonNode expected = golden.get("per_label").get(labels.get(i));
      assertEqual(classification.ofLabel(i).precision(), expected.get("precision"));
      assertEqual(classification.ofLabel(i).recall(), expected.get("recall"));
      assertEqual(classification.ofLabel(i).f1(), expected.get("f1"));
      assertThat(classification.support(i)).isEqualTo(expected.get("support").intValue());
      for (int j = 0; j < labels.size(); j++) {
        assertThat(classification.confusion(i, j))
            .isEqualTo(golden.get("confusion_rows_gold").get(i).get(j).intValue());
      }
    }
  }

  @Test
  void sortsLabelsByCodePoint() {
    assertThat(Classification.of(List.of("😀", "\uFF01"), List.of("😀", "a")).labels())
        .containsExactly("a", "\uFF01", "😀");
  }

  @Test
  void refusesLabelsWithoutAPartner() {
    assertThatThrownBy(() -> Classification.of(List.of("a"), List.of()))
        .isInstanceOf(Problem.class)
        .hasMessage("1 gold labels and 0 predicted ones");
    assertThatThrownBy(() -> Classification.of(List.of(), List.of())).isInstanceOf(Problem.class);
  }

  private static void assertEqual(PrecisionRecall actual, JsonNode expected) {
    assertEqual(actual.precision(), expected.get(0));
    assertEqual(actual.recall(), expected.get(1));
    assertEqual(actual.f1(), expected.get(2));
  }

  private static void assertEqual(double actual, JsonNode expected) {
    assertThat(actual).isCloseTo(expected.doubleValue(), closely(expected.doubleValue()));
  }
}
