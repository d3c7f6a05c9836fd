package dev.tuneline.platform.examples.cleaning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.platform.examples.cleaning.PersonalData.Kind;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PersonalDataTest {
  private static final Set<Kind> ALL = EnumSet.allOf(Kind.class);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "身份证号11010519491231002X，住北京|身份证号[ID_NUMBER]，住北京",
        "身份证 110105 19491231 002x。|身份证 [ID_NUMBER]。",
        "老身份证110105491231002号|老身份证[ID_NUMBER]号",
        "全角１１０１０５１９４９１２３１００２Ｘ不算，１３８００１３８０００算|全角１１０１０５１９４９１２３１００２Ｘ不算，[PHONE]算",
        "电话13800138000，或139 0013 8000|电话[PHONE]，或[PHONE]",
        "138-0013-8000/139.0013.8000|[PHONE]/[PHONE]",
        "+86 138 0013 8000 和 +86-13800138000|[PHONE] 和 [PHONE]",
        "8613800138000 和 0086 13800138000|[PHONE] 和 [PHONE]",
        "(+86)13800138000|[PHONE]",
        "座机010-65123456转801，0571 8888 6666|座机[PHONE]转801，[PHONE]",
        "（010）65123456 或 (0571)88886666-801|[PHONE] 或 [PHONE]",
        "+86 10 6512 3456|[PHONE]",
        "01065123456|[PHONE]",
        "call (415) 555-2671 or +1 415-555-2671|call [PHONE] or [PHONE]",
        "+44 20 7946 0958, +49 30 22732152, +81-3-3581-1111|[PHONE], [PHONE], [PHONE]",
        "写信给zhang.san+a@mail.example.com.cn。|写信给[EMAIL]。",
        "卡号6222021001116245702|卡号[BANK_CARD]",
        "卡号6222 0210 0111 6245 702，谢谢|卡号[BANK_CARD]，谢谢",
        "Visa 4111-1111-1111-1111, Amex 3782 822463 10005|Visa [BANK_CARD], Amex [BANK_CARD]",
        "13800138000 13900138000|[PHONE] [PHONE]",
      })
  void whatIdentifiesAPersonIsMasked(String text, String masked) {
    assertThat(PersonalData.mask(text, ALL)).isEqualTo(masked);
    assertThat(PersonalData.mask(masked, ALL)).isSameAs(masked);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2020年1月15日，即2020-01-15 12:30:00，20200115",
        "(2020)京0105民初12345号、（2023）最高法民终1234567号",
        "赔偿13800138000元，即138.00万元，￥13800138000",
        "订单号13800138000，运单编号：15912345678，流水号 6222021001116245702",
        "order no. 13800138000",
        "订单20231215123456789012，时间戳1702617045123",
        "统一社会信用代码91110105MA01ABCD2X",
        "身份证号110105194912310021",
        "身份证号11010519491331002X",
        "卡号6222021001116245703",
        "圆周率3.14159265358979",
        "https://shop.example.com/item/13800138000?id=15912345678",
        "logo@2x.png @someone a@b",
        "电话12345、95588、110",
        "192.168.100.1 与 10.0.0.1",
        "ISBN 978-7-5118-1234-5",
        "第1条第2款 1-2-3-4",
        "hash 13800138000abcdef",
        "增长+10000000",
      })
  void otherNumbersStay(String text) {
    assertThat(PersonalData.mask(text, ALL)).isSameAs(text);
  }

  @Test
  void onlyTheKindsAskedForAreMasked() {
    assertThat(PersonalData.mask("11010519491231002X 13800138000 a@b.cn", EnumSet.of(Kind.PHONE)))
        .isEqualTo("11010519491231002X [PHONE] a@b.cn");
  }
}
