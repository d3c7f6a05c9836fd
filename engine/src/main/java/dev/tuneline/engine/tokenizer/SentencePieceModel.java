package dev.tuneline.engine.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * What a SentencePiece {@code .model} file says (sentencepiece_model.proto).
 *
 * @param unigram whether it is a unigram model; a BPE model otherwise
 * @param unknownId the piece that stands for what no piece spells
 * @param charsMap the compiled normalisation in base 64, empty for none
 * @param dummyPrefix whether a space is put before the text
 * @param singleSpaces whether spaces are trimmed at both ends and reduced to one inside
 */
record SentencePieceModel(
    List<Piece> pieces,
    boolean unigram,
    boolean byteFallback,
    int unknownId,
    String eosPiece,
    String charsMap,
    boolean dummyPrefix,
    boolean singleSpaces) {

  /** What a piece is for, by the format's numbers. */
  enum Kind {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE
  }

  /** One piece; its id is its place. */
  record Piece(String text, float score, Kind kind) {}

  private static final int MODEL_UNIGRAM = 1;
  private static final int MODEL_BPE = 2;

  /** Parses a file; IllegalArgumentException says what is wrong with it. */
  static SentencePieceModel parse(byte[] file) {
    Builder builder = new Builder();
    ProtoReader in = new ProtoReader(ByteBuffer.wrap(file));
    while (in.next()) {
      switch (in.field()) {
        case 1 -> builder.pieces.add(piece(new ProtoReader(in.bytes())));
        case 2 -> builder.training(new ProtoReader(in.bytes()));
        case 3 -> builder.normalization(new ProtoReader(in.bytes()));
        default -> in.skip();
      }
    }
    return builder.build();
  }

  private static Piece piece(ProtoReader in) {
    String text = "";
    float score = 0;
    Kind kind = Kind.NORMAL;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> text = in.text();
        case 2 -> score = in.real();
        case 3 -> {
          long number = in.number();
          if (number < 1 || number > Kind.values().length) {
            throw new IllegalArgumentException("a piece of unknown kind " + number);
          }
          kind = Kind.values()[(int) number - 1];
        }
        default -> in.skip();
      }
    }
    return new Piece(text, score, kind);
  }

  private static final class Builder {
    private final List<Piece> pieces = new ArrayList<>();
    private long model = MODEL_UNIGRAM;
    private boolean byteFallback;
    private long unknownId;
    private String eosPiece = "</s>";
    private String charsMap = "";
    private boolean dummyPrefix = true;
    private boolean singleSpaces = true;

    void training(ProtoReader in) {
      while (in.next()) {
        switch (in.field()) {
          case 3 -> model = in.number();
          case 35 -> byteFallback = in.number() != 0;
          case 40 -> unknownId = in.number();
          case 47 -> eosPiece = in.text();
          default -> in.skip();
        }
      }
    }

    void normalization(ProtoReader in) {
      while (in.next()) {
        switch (in.field()) {
          case 2 -> {
            ByteBuffer bytes = in.bytes();
            charsMap = ISO_8859_1.decode(Base64.getEncoder().encode(bytes)).toString();
          }
          case 3 -> dummyPrefix = in.number() != 0;
          case 4 -> singleSpaces = in.number() != 0;
          default -> in.skip();
        }
      }
    }

    SentencePieceModel build() {
      if (model != MODEL_UNIGRAM && model != MODEL_BPE) {
        throw new IllegalArgumentException("it is neither a unigram nor a BPE model");
      }
      if (unknownId < 0 || unknownId >= pieces.size()) {
        throw new IllegalArgumentException("it has no piece for unknown text");
      }
      return new SentencePieceModel(
          List.copyOf(pieces),
          model == MODEL_UNIGRAM,
          byteFallback,
          (int) unknownId,
          eosPiece,
          charsMap,
          dummyPrefix,
          singleSpaces);
    }
  }
}
