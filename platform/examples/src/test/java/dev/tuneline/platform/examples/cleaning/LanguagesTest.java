package dev.tuneline.platform.examples.cleaning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LanguagesTest {
  private static final Languages CHINESE = new Languages(List.of("zh"));
  private static final Languages ENGLISH = new Languages(List.of("en"));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "en|How are you today?",
        "ja|お元気ですか",
        "ja|契約は当事者の合意によって成立する。",
        "ko|안녕하세요",
        "ru|Как дела, мой друг?",
        "de|Der Vertrag kommt durch Angebot und Annahme zustande.",
        "fr|Le contrat est un accord de volontés entre deux personnes.",
        "es|El contrato existe desde que las partes consienten en obligarse.",
      })
  void otherLanguagesAreTold(String language, String text) {
    assertThat(CHINESE.other(text)).isNotNull();
    assertThat(new Languages(List.of(language)).other(text)).isNull();
    if (!language.equals("en")) {
      assertThat(ENGLISH.other(text)).isEqualTo(language);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "根据《Civil Code》第509条（Article 509）的规定，当事人应当履行义务。",
        "好的",
        "是",
        "OK",
        "12345",
        "DNA",
        "甲方（Party A）与乙方（Party B）签订合同",
      })
  void mixedAndShortTextsAreKept(String text) {
    assertThat(CHINESE.other(text)).isNull();
  }

  @Test
  void chineseIsNoEnglish() {
    assertThat(ENGLISH.other("合同成立")).isEqualTo("zh");
    assertThat(ENGLISH.other("The term 合同 means contract in Chinese law.")).isNull();
    assertThat(ENGLISH.other("Hi!")).isNull();
  }

  @Test
  void aLanguageThatIsNoneIsRefused() {
    assertThatThrownBy(() -> new Languages(List.of("chinese")))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.reason()).isEqualTo("UNKNOWN_LANGUAGE"));
  }
}
