package dev.tuneline.engine.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A model's tokenizer: Hugging Face's own library over the folder's files.
 *
 * <p>Many threads may use one instance. It holds native memory until {@link #close()}, which waits
 * for running calls; any call after it fails. Nothing here reads the network.
 */
public final class Tokenizer implements AutoCloseable {
  private static final TokenizersLibrary NATIVE = TokenizersLibrary.LIB;

  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private final Vocabulary vocabulary;
  private final SpecialTokens specialTokens;
  private final boolean cleansUp;
  private final String digest;
  private long handle;

  private Tokenizer(
      long handle,
      Vocabulary vocabulary,
      SpecialTokens specialTokens,
      boolean cleansUp,
      String digest) {
    this.handle = handle;
    this.cleansUp = cleansUp;
    this.vocabulary = vocabulary;
    this.specialTokens = specialTokens;
    this.digest = digest;
  }

  /**
   * Loads a Hugging Face folder's tokenizer: {@code tokenizer.json}, or the older files from which
   * transformers makes the same.
   *
   * <p>A {@link Problem} names what is wrong: MISSING_TOKENIZER without any of these files,
   * BAD_TOKENIZER when one cannot be read, MISSING_EOS_TOKEN when no file says what ends a text.
   */
  public static Tokenizer load(Path folder) {
    ModelFolder files = new ModelFolder(folder);
    TokenizerJson tokenizer = TokenizerJson.of(files);
    Vocabulary vocabulary = Vocabulary.of(tokenizer.json());
    SpecialTokens special = files.specialTokens(vocabulary, tokenizer);
    String json = tokenizer.text();
    boolean cleansUp =
        files.read("tokenizer_config.json").path("clean_up_tokenization_spaces").asBoolean(false)
            && !tokenizer.json().path("model").path("type").asText("BPE").equals("BPE");
    Tokenizer loaded =
        new Tokenizer(
            open(json, tokenizer.source()),
            vocabulary,
            special,
            cleansUp,
            sha256(json.getBytes(UTF_8)));
    if (tokenizer.made()) {
      loaded.requireAddedTokens(tokenizer);
    }
    return loaded;
  }

  /** The library numbers added tokens by itself; another number than the model's would be fatal. */
  private void requireAddedTokens(TokenizerJson tokenizer) {
    for (JsonNode token : tokenizer.json().path("added_tokens")) {
      int[] ids = encode(token.path("content").asText(), false);
      int id = token.path("id").asInt();
      if (token.path("special").asBoolean() && (ids.length != 1 || ids[0] != id)) {
        close();
        throw TokenizerJson.bad(
            tokenizer.source(), "token %s is not %d".formatted(token.path("content"), id));
      }
    }
  }

  /**
   * The ids of {@code text}; special tokens spelled out in it are recognised. A lone surrogate
   * counts as U+FFFD.
   *
   * @param addSpecialTokens whether the tokenizer's own frame (such as a beginning-of-text token)
   *     is added; rendered chat templates bring theirs and want {@code false}
   */
  public int[] encode(String text, boolean addSpecialTokens) {
    String wellFormed = wellFormed(text);
    open.readLock().lock();
    try {
      long encoding = NATIVE.encode(handle(), wellFormed, addSpecialTokens);
      try {
        return toInts(NATIVE.getTokenIds(encoding));
      } finally {
        NATIVE.deleteEncoding(encoding);
      }
    } finally {
      open.readLock().unlock();
    }
  }

  /** The text of {@code ids}; bytes that are not UTF-8 become U+FFFD. */
  public String decode(int[] ids, boolean skipSpecialTokens) {
    String text = decodeAsIs(ids, skipSpecialTokens);
    return cleansUp ? cleanedUp(text) : text;
  }

  /** As {@link #decode}, where the text so far never changes as more tokens come. */
  String decodeAsIs(int[] ids, boolean skipSpecialTokens) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      wide[i] = checkId(ids[i]);
    }
    open.readLock().lock();
    try {
      return NATIVE.decode(handle(), wide, skipSpecialTokens);
    } finally {
      open.readLock().unlock();
    }
  }

  /** A decoder for one answer as it grows, without special tokens. */
  public StreamDecoder streamDecoder() {
    return new StreamDecoder(this, vocabulary);
  }

  /** The text of one token by itself; a part of a character becomes U+FFFD. */
  public String tokenText(int id) {
    byte[] bytes = vocabulary.bytes(checkId(id));
    return bytes == null ? decode(new int[] {id}, false) : new String(bytes, UTF_8);
  }

  /** The bytes of one token by itself, which may be a part of a character. */
  public byte[] tokenBytes(int id) {
    byte[] bytes = vocabulary.bytes(checkId(id));
    return bytes == null ? tokenText(id).getBytes(UTF_8) : bytes;
  }

  /** The id of a token as the vocabulary spells it, such as {@code <|im_end|>}. */
  public OptionalInt tokenId(String token) {
    return vocabulary.id(token);
  }

  public SpecialTokens specialTokens() {
    return specialTokens;
  }

  /** The tokenizer's ids are below this; the model's embedding may be padded beyond it. */
  public int vocabularySize() {
    return vocabulary.size();
  }

  /** SHA-256 of the tokenizer as JSON, 64 lower-case hexadecimal digits. */
  public String digest() {
    return digest;
  }

  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (handle != 0) {
        NATIVE.deleteTokenizer(handle);
        handle = 0;
      }
    } finally {
      open.writeLock().unlock();
    }
  }

  private long handle() {
    if (handle == 0) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    return handle;
  }

  /** What {@code clean_up_tokenization_spaces} asks for, in transformers' order. */
  private static String cleanedUp(String text) {
    String clean = text;
    for (String mark : new String[] {" .", " ?", " !", " ,"}) {
      clean = clean.replace(mark, mark.substring(1));
    }
    clean = clean.replace(" ' ", "'");
    for (String ending : new String[] {" n't", " 'm", " 's", " 've", " 're"}) {
      clean = clean.replace(ending, ending.substring(1));
    }
    return clean;
  }

  private static int checkId(int id) {
    if (id < 0) {
      throw new IllegalArgumentException("a token id is not negative: " + id);
    }
    return id;
  }

  private static long open(String json, Path file) {
    LibUtils.checkStatus();
    long handle;
    try {
      handle = NATIVE.createTokenizerFromString(json);
    } catch (RuntimeException e) {
      throw TokenizerJson.bad(file, String.valueOf(e.getMessage())).causedBy(e);
    }
    // Some published files ask for padding or truncation; lengths are decided elsewhere.
    NATIVE.disablePadding(handle);
    NATIVE.disableTruncation(handle);
    return handle;
  }

  /** JNI strings carry surrogates one by one, so a lone one would not survive the border. */
  private static String wellFormed(String text) {
    if (text.codePoints().noneMatch(Tokenizer::isSurrogate)) {
      return text;
    }
    return text.codePoints()
        .map(c -> isSurrogate(c) ? 0xFFFD : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static boolean isSurrogate(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  private static int[] toInts(long[] wide) {
    int[] ids = new int[wide.length];
    for (int i = 0; i < wide.length; i++) {
      ids[i] = Math.toIntExact(wide[i]);
    }
    return ids;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
