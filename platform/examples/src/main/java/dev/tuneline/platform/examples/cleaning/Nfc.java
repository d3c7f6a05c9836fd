package dev.tuneline.platform.examples.cleaning;

import java.text.Normalizer;

/** Unicode normalisation form C; fullwidth and other compatibility forms stay. */
final class Nfc implements TextStep {
  @Override
  public String apply(String text) {
    return isPlain(text) || Normalizer.isNormalized(text, Normalizer.Form.NFC)
        ? text
        : Normalizer.normalize(text, Normalizer.Form.NFC);
  }

  /** Whether the text is surely normal: Latin-1, kana and ideographs without combining marks. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain =
          c < 0x300
              || (c >= 0x2010 && c < 0x2070)
              || (c >= 0x3000 && c < 0x302A)
              || (c >= 0x3041 && c < 0xA000 && c != 0x3099 && c != 0x309A)
              || (c >= 0xFF00 && c < 0xFFF0);
      if (!plain) {
        return false;
      }
    }
    return true;
  }
}
