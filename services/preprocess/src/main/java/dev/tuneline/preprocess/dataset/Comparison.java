package dev.tuneline.preprocess.dataset;

import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.repeats.Conflicts;
import dev.tuneline.platform.examples.repeats.Leakage;
import dev.tuneline.platform.examples.repeats.NGrams;
import dev.tuneline.platform.examples.repeats.NearDuplicates;
import dev.tuneline.platform.examples.spill.SpillFile;
import dev.tuneline.preprocess.dataset.PartRow.Kind;
import dev.tuneline.preprocess.dataset.PartRow.Order;
import dev.tuneline.proto.v1.Cleaning;
import dev.tuneline.proto.v1.ConflictAction;
import dev.tuneline.proto.v1.DatasetRepeats;
import dev.tuneline.proto.v1.LeakageAction;
import dev.tuneline.proto.v1.Split;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import java.util.stream.Collectors;

/**
 * Holds a version's examples against each other, in the order in which they stood: near duplicates
 * first, then conflicting answers, then leaks into the train split, each among what is left. For
 * one thread.
 */
final class Comparison implements AutoCloseable {
  private static final int LEAK_TOKENS = 13;

  private final Cleaning cleaning;
  private final Preparation preparation;
  private final Signatures signatures;
  private final Function<PartRow, Example> examples;
  private final SpillFile rows;
  private final int rowBytes;
  private final DatasetRepeats.Builder repeats = DatasetRepeats.newBuilder();
  private final Map<String, BitSet> dropped = new LinkedHashMap<>();

  /**
   * @param examples reads the example of a row
   */
  Comparison(
      Cleaning cleaning,
      Preparation preparation,
      Signatures signatures,
      Function<PartRow, Example> examples) {
    this.cleaning = cleaning;
    this.preparation = preparation;
    this.signatures = signatures;
    this.examples = examples;
    this.rows = new SpillFile(preparation.workFolder());
    this.rowBytes = PartRow.bytes(signatures.bands());
  }

  /** Whether a dataset's examples are held against each other at all. */
  static boolean isWanted(Cleaning cleaning) {
    return cleaning.hasNearDuplicates()
        || cleaning.getConflicts() != ConflictAction.CONFLICT_ACTION_UNSPECIFIED
        || cleaning.getLeakage().getAction() != LeakageAction.LEAKAGE_ACTION_UNSPECIFIED;
  }

  /** Adds an example's row; rows come in the order of {@link Order#STANDING}. */
  void add(PartRow row) {
    rows.append(row.encode(Order.STANDING), 0, rowBytes);
  }

  /** Compares all that were added; called once. */
  DatasetRepeats compare() {
    if (cleaning.hasNearDuplicates()) {
      findNearDuplicates();
    }
    if (cleaning.getConflicts() != ConflictAction.CONFLICT_ACTION_UNSPECIFIED) {
      findConflicts();
    }
    if (cleaning.getLeakage().getAction() != LeakageAction.LEAKAGE_ACTION_UNSPECIFIED) {
      findLeaks();
    }
    return repeats.build();
  }

  /** Hands over every row, with the reason why it was dropped or an empty one. */
  void forEach(BiConsumer<PartRow, String> reader) {
    for (int i = 0; i < size(); i++) {
      reader.accept(row(i), reason(i));
    }
  }

  private void findNearDuplicates() {
    try (NearDuplicates near =
        new NearDuplicates(
            signatures.threshold(), preparation.sortBytes(), preparation.workFolder())) {
      forEachLeft(
          (row, number) -> {
            if (Arrays.stream(row.bands).anyMatch(band -> band != 0)) {
              near.add(number, row.bands);
            }
          });
      NearDuplicates.Found found =
          near.find(size(), number -> signatures.grams(examples.apply(row(number))));
      repeats.setNearDuplicateGroups(found.groups());
      dropped.put("NEAR_DUPLICATE", found.repeated());
    }
  }

  private void findConflicts() {
    try (Conflicts conflicts = new Conflicts(preparation.sortBytes(), preparation.workFolder())) {
      forEachLeft(
          (row, number) -> {
            if (row.kind == Kind.CONVERSATION) {
              conflicts.add(number, row.question, row.answer);
            }
          });
      Conflicts.Found found = conflicts.find();
      repeats
          .setConflictingQuestions(found.questions())
          .setConflictingExamples(found.questions() + found.others().cardinality());
      BitSet unwanted = new BitSet();
      switch (cleaning.getConflicts()) {
        case CONFLICT_ACTION_DROP_ALL -> {
          unwanted.or(found.firsts());
          unwanted.or(found.others());
        }
        case CONFLICT_ACTION_KEEP_FIRST -> unwanted.or(found.others());
        case CONFLICT_ACTION_UNSPECIFIED, CONFLICT_ACTION_KEEP, UNRECOGNIZED -> {}
      }
      dropped.put("CONFLICTING_ANSWER", unwanted);
    }
  }

  private void findLeaks() {
    int given = cleaning.getLeakage().getNgramTokens();
    try (Leakage leakage =
        new Leakage(
            given == 0 ? LEAK_TOKENS : given, preparation.sortBytes(), preparation.workFolder())) {
      forEachLeft(
          (row, number) -> {
            if (row.split != Split.SPLIT_TRAIN_VALUE) {
              Example example = examples.apply(row);
              leakage.addHeldOut(question(example), tokens(example));
            }
          });
      forEachLeft(
          (row, number) -> {
            if (row.split == Split.SPLIT_TRAIN_VALUE) {
              Example example = examples.apply(row);
              leakage.addTrain(number, question(example), tokens(example));
            }
          });
      Leakage.Found found = leakage.find();
      repeats
          .setLeakedQuestions(found.questions().cardinality())
          .setLeakedNgrams(found.grams().cardinality());
      if (cleaning.getLeakage().getAction() == LeakageAction.LEAKAGE_ACTION_DROP) {
        BitSet unwanted = found.questions();
        unwanted.or(found.grams());
        dropped.put("LEAKED", unwanted);
      }
    }
  }

  private static long[] question(Example example) {
    return NGrams.tokens(
        example.prompt().stream().map(Example.Message::content).collect(Collectors.joining("\n")));
  }

  private static long[] tokens(Example example) {
    return NGrams.tokens(Signatures.text(example));
  }

  private void forEachLeft(ObjIntConsumer<PartRow> reader) {
    for (int i = 0; i < size(); i++) {
      if (reason(i).isEmpty()) {
        reader.accept(row(i), i);
      }
    }
  }

  private String reason(int number) {
    for (Map.Entry<String, BitSet> each : dropped.entrySet()) {
      if (each.getValue().get(number)) {
        return each.getKey();
      }
    }
    return "";
  }

  private int size() {
    return Math.toIntExact(rows.size() / rowBytes);
  }

  private PartRow row(int number) {
    return PartRow.decode(rows.read((long) number * rowBytes, rowBytes), Order.STANDING);
  }

  @Override
  public void close() {
    rows.close();
  }
}
