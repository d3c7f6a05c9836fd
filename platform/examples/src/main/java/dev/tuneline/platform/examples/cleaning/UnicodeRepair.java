package dev.tuneline.platform.examples.cleaning;

/**
 * Mends UTF-8 that was decoded as Latin-1, Windows-1252 or GBK, stretch by stretch, where that is
 * certain: every character beyond ASCII of the stretch must take part in valid UTF-8, the result
 * must be of what people write, and the characters as they stand must be in an order that no
 * language has. What lost bytes on its way stays as it is.
 */
final class UnicodeRepair implements TextStep {
  private final TextStep western = new WesternMojibake();
  private final TextStep gbk = new GbkMojibake();

  @Override
  public String apply(String text) {
    return gbk.apply(western.apply(text));
  }

  /** Whether a character is of those that data are written in, mojibake of them included. */
  static boolean isPlausible(int c) {
    if (c < 0x180) {
      return c >= 0x80;
    }
    if (c < 0x2000) {
      return switch (c) {
        case 0x192, 0x218, 0x219, 0x21A, 0x21B, 0x2C6, 0x2DC, 0x490, 0x491 -> true;
        case 0x60C, 0x61B, 0x61F, 0x67E, 0x686, 0x698, 0x6A9, 0x6AF, 0x6CC -> true;
        default ->
            Character.isDefined(c)
                && ((c >= 0x386 && c <= 0x3CE)
                    || (c >= 0x400 && c <= 0x45F)
                    || (c >= 0x5D0 && c <= 0x5EA)
                    || (c >= 0x621 && c <= 0x63A)
                    || (c >= 0x641 && c <= 0x652)
                    || (c >= 0x660 && c <= 0x669)
                    || (c >= 0x900 && c <= 0xE7F)
                    || (c >= 0x1E00 && c <= 0x1FFF));
      };
    }
    return Character.isDefined(c)
        && (c < 0xD800 || (c >= 0xF900 && c < 0xFFF0) || c >= 0x1F000)
        && !Character.isISOControl(c)
        && c < 0x30000;
  }
}
