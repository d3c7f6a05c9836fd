package dev.tuneline.datasets;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.repeats.MinHash;
import dev.tuneline.platform.examples.repeats.NGrams;
import dev.tuneline.platform.examples.repeats.NearDuplicates;
import dev.tuneline.platform.examples.spill.SpillFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Counts examples that are nearly equal, as preparing a dataset finds them by default: n-grams of 5
 * tokens, Jaccard similarity of 0.8. The texts wait in a file.
 */
final class Likeness implements AutoCloseable {
  private static final double THRESHOLD = 0.8;
  private static final int NGRAM_TOKENS = 5;
  private static final int SORT_BYTES = 32 << 20;
  private static final int PLACE_BYTES = Long.BYTES + Integer.BYTES;

  private final MinHash minHash = new MinHash(THRESHOLD);
  private final NearDuplicates near;
  private final SpillFile texts;
  private final SpillFile places;
  private int examples;

  /**
   * @param folder where there is room for the texts
   */
  Likeness(Path folder) {
    this.near = new NearDuplicates(THRESHOLD, SORT_BYTES, folder);
    this.texts = new SpillFile(folder);
    this.places = new SpillFile(folder);
  }

  void add(List<Example.Message> messages) {
    String text = messages.stream().map(Example.Message::content).collect(Collectors.joining("\n"));
    byte[] bytes = text.getBytes(UTF_8);
    long offset = texts.append(bytes, 0, bytes.length);
    ByteBuffer place = ByteBuffer.allocate(PLACE_BYTES).putLong(offset).putInt(bytes.length);
    places.append(place.array(), 0, PLACE_BYTES);
    near.add(examples++, minHash.bands(grams(text)));
  }

  /** Finds the groups; called once. */
  NearDuplicates.Found find() {
    return near.find(
        examples,
        number -> {
          ByteBuffer place = ByteBuffer.wrap(places.read((long) number * PLACE_BYTES, PLACE_BYTES));
          return grams(new String(texts.read(place.getLong(), place.getInt()), UTF_8));
        });
  }

  private static long[] grams(String text) {
    return NGrams.of(NGrams.tokens(text), NGRAM_TOKENS);
  }

  @Override
  public void close() {
    near.close();
    texts.close();
    places.close();
  }
}
