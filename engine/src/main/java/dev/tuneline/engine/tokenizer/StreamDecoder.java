package dev.tuneline.engine.tokenizer;

import java.util.Arrays;

/**
 * Turns tokens into text one by one, and never hands out a part of a character: what may still be
 * completed waits for the next token. The parts joined are the decoding of all tokens without
 * special ones; only where a run of byte tokens is not UTF-8 are its whole characters kept. For one
 * thread.
 */
public final class StreamDecoder {
  private static final char REPLACEMENT = '\uFFFD';

  /** An unfinished UTF-8 character has at most 3 bytes, so 3 tokens hold all of it. */
  private static final int CONTEXT_TOKENS = 4;

  private static final int WINDOW_TOKENS = 32;

  private final Tokenizer tokenizer;
  private final Vocabulary vocabulary;
  private final Utf8Stream bytes = new Utf8Stream();
  private final int[] window = new int[WINDOW_TOKENS];
  private int size;
  private int emittedChars;

  StreamDecoder(Tokenizer tokenizer, Vocabulary vocabulary) {
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
  }

  /** The text that {@code id} completes; empty when it ends inside a character or is special. */
  public String next(int id) {
    if (tokenizer.specialTokens().specialIds().contains(id)) {
      return "";
    }
    int value = vocabulary.byteOf(id);
    if (value >= 0) {
      // The decoder judges a run of byte tokens as a whole, so it cannot be asked for its parts.
      anchor();
      return bytes.next((byte) value);
    }
    String before = bytes.finish();
    window[size++] = id;
    String text = text();
    // An unfinished character shows as exactly one replacement character at the end.
    boolean unfinished = !text.isEmpty() && text.charAt(text.length() - 1) == REPLACEMENT;
    String increment = emit(text, unfinished ? text.length() - 1 : text.length());
    if (!unfinished) {
      keep(1, 0);
    } else if (size == WINDOW_TOKENS) {
      keep(CONTEXT_TOKENS, 1);
    }
    return before + increment;
  }

  /** What is left at the end: a character that was never completed, as U+FFFD, or nothing. */
  public String finish() {
    String before = bytes.finish();
    String text = text();
    String increment = emit(text, text.length());
    size = 0;
    emittedChars = 0;
    return before + increment;
  }

  /** Gives the window a token, so that the next one is not taken for the text's first. */
  private void anchor() {
    if (size == 0 && vocabulary.anchor().isPresent()) {
      window[size++] = vocabulary.anchor().getAsInt();
      emittedChars = text().length();
    }
  }

  private String emit(String text, int stableChars) {
    if (stableChars <= emittedChars) {
      return "";
    }
    String increment = text.substring(emittedChars, stableChars);
    emittedChars = stableChars;
    return increment;
  }

  /** Drops all but the last tokens, which stay as context: some decoders trim a first space. */
  private void keep(int tokens, int heldChars) {
    int from = Math.max(0, size - tokens);
    System.arraycopy(window, from, window, 0, size - from);
    size -= from;
    emittedChars = text().length() - heldChars;
  }

  private String text() {
    return tokenizer.decodeAsIs(Arrays.copyOf(window, size), true);
  }
}
