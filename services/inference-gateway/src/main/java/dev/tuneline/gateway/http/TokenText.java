package dev.tuneline.gateway.http;

import com.google.protobuf.ByteString;
import java.util.HexFormat;

/** Tokens as OpenAI's clients read them. */
final class TokenText {
  private static final HexFormat BYTES = HexFormat.of().withPrefix("\\x");

  private TokenText() {}

  /** The token's text; one that is a part of a character as {@code \xe4\xb8}. */
  static String of(ByteString token) {
    return token.isValidUtf8() ? token.toStringUtf8() : BYTES.formatHex(token.toByteArray());
  }

  /** The same where no bytes stand beside it: {@code bytes:\xe4\xb8}. */
  static String alone(ByteString token) {
    return token.isValidUtf8() ? token.toStringUtf8() : "bytes:" + of(token);
  }
}
