package dev.tuneline.platform.examples.cleaning;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnicodeRepairTest {
  private final UnicodeRepair repair = new UnicodeRepair();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "合同法规定，当事人应当…",
        "Müller’s café – naïve “façade”",
        "Привет, мир",
        "emoji 😀 ok",
        "한국어 日本語です"
      })
  void utf8ReadAsLatin1IsMended(String text) {
    String once = new String(text.getBytes(UTF_8), ISO_8859_1);
    String twice = new String(once.getBytes(UTF_8), ISO_8859_1);

    assertThat(repair.apply(once)).isEqualTo(text);
    assertThat(repair.apply(repair.apply(twice))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "l’humanitÃ©|l’humanitÃ©",
        "cafÃ© au lait|café au lait",
        "donâ€™t â€œquoteâ€\u009D|don’t “quote”",
        "voilÃ\u00A0 la|voilà la",
        "30Â°C Â©|30°C ©",
        "ä¸\u00ADæ–‡|中文",
        "âœ” No problems|✔ No problems",
        "前文 cafÃ© 后文|前文 café 后文",
      })
  void windows1252IsMendedWhereAllOfAStretchFits(String text, String mended) {
    assertThat(repair.apply(text)).isEqualTo(mended);
  }

  @Test
  void utf8ReadAsGbkIsMended() {
    String text = "当事人应当按照约定全面履行自己的义务。";
    String even = text.length() % 2 == 0 ? text : text + "中";

    assertThat(repair.apply(new String(even.getBytes(UTF_8), Charset.forName("GBK"))))
        .isEqualTo(even);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CANÇÃO É… «CAFÉ» JOSÉ’S, ANDRÉ’S AMANHÃ… IRMÃ”",
        "Größe 2×½ Ø¼ µm ±3 °C ß»",
        "联通 锟斤拷 鐢佃瘽 的",
        "中文“引号”——与…省略·点",
        "naïve café, coöperate, Ångström, Þór, señor",
        "Ã",
      })
  void whatMayBeMeantStays(String text) {
    assertThat(repair.apply(text)).isSameAs(text);
  }
}
