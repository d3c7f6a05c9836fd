package dev.tuneline.datasets.build;

import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.Example.Message;
import dev.tuneline.platform.examples.layout.Layout;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.examples.layout.Reading;
import dev.tuneline.platform.tables.PeekedTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes the examples of one source, row by row. For one thread. */
final class SourceBuild {
  private final SourceRecipe source;
  private final long seed;
  private final Path folder;
  private final Path journal;
  private final Account account;
  private final Rejections rejections;
  private final Consumer<BuiltExample> out;
  private final LookupTable.@Nullable Entries lookup;
  private final Layout layout;
  private final @Nullable Dialogues dialogues;

  /**
   * @param folder for what does not fit into memory
   * @param journal where a model's tasks are kept for good
   * @param out takes each example as it is made
   * @throws dev.tuneline.errors.Problem when the source cannot be read at all
   */
  SourceBuild(
      SourceRecipe source,
      long seed,
      Path folder,
      Path journal,
      Account account,
      Rejections rejections,
      Consumer<BuiltExample> out) {
    this.source = source;
    this.seed = seed;
    this.folder = folder;
    this.journal = journal;
    this.account = account;
    this.rejections = rejections;
    this.out = out;
    this.lookup = source.lookup() == null ? null : source.lookup().load();
    Layout found = layout(lookup == null ? Set.of() : lookup.added());
    this.layout =
        switch (source.variants()) {
          case USUAL, ALL -> found;
          case FIRST -> found.varied(false);
          case ONE -> found.varied(true);
        };
    this.dialogues = source.dialogue() == null ? null : new Dialogues(source.dialogue());
  }

  /** Reads all rows and hands over their examples. */
  void run() {
    if (source.origin() instanceof SourceRecipe.Origin.FromModel model) {
      new TaskGrowth(model.settings(), seed, journal).run();
    }
    BestAnswer best = source.best();
    BitSet chosen = null;
    if (best != null) {
      try (Rows rows = open();
          Firsts firsts = new Firsts(folder)) {
        chosen = best.choose(rows, layout, firsts);
      }
    }
    Layout read = best == null ? layout : layout.unflagged();
    try (Rows rows = open()) {
      int number = 0;
      for (Incoming incoming = rows.next(); incoming != null; incoming = rows.next()) {
        account.received();
        boolean learned = chosen == null || chosen.get(number++);
        switch (incoming) {
          case Incoming.Rejected rejected -> reject(rejected);
          case Incoming.Row row -> {
            Incoming.Rejected flaw = best == null ? null : best.flaw(row);
            if (flaw != null) {
              reject(flaw);
            } else {
              read(row, read, learned);
            }
          }
        }
      }
    }
    if (dialogues != null) {
      finish(dialogues.end());
    }
  }

  private Rows open() {
    Rows rows =
        switch (source.origin()) {
          case SourceRecipe.Origin.FromModel model -> new TaskRows(journal, model.settings());
          case SourceRecipe.Origin.FromFile file -> new TableRows(file.input().read());
          case SourceRecipe.Origin.FromLists lists -> lists.filling().open(seed);
        };
    LookupTable.Entries table = lookup;
    return table == null
        ? rows
        : new Rows() {
          @Override
          public @Nullable Incoming next() {
            Incoming next = rows.next();
            return next instanceof Incoming.Row row ? table.extend(row) : next;
          }

          @Override
          public void close() {
            rows.close();
          }
        };
  }

  private Layout layout(Set<String> added) {
    Layout given = source.layout();
    return switch (source.origin()) {
      case SourceRecipe.Origin.FromLists lists -> {
        if (given == null) {
          throw new IllegalArgumentException("rows of lists have a layout");
        }
        given.checkTable(and(lists.filling().columns(), added), lists.file(), 1);
        yield given;
      }
      case SourceRecipe.Origin.FromModel _ ->
          given == null ? Layouts.named("prompt-response") : given;
      case SourceRecipe.Origin.FromFile file -> {
        try (PeekedTable table = new PeekedTable(file.input().read())) {
          List<String> header = table.columns().isEmpty() ? List.of() : and(table.columns(), added);
          List<Set<String>> first =
              table.firstColumns().stream()
                  .<Set<String>>map(columns -> new LinkedHashSet<>(and(columns, added)))
                  .toList();
          yield (given == null ? Layouts.recognised() : Layouts.of(given))
              .forFile(header, first, file.file(), table.headerLine());
        }
      }
    };
  }

  private static List<String> and(Collection<String> columns, Set<String> added) {
    Set<String> all = new LinkedHashSet<>(columns);
    all.addAll(added);
    return List.copyOf(all);
  }

  private void read(Incoming.Row row, Layout read, boolean learned) {
    List<Reading> readings =
        source.variants() == SourceRecipe.Variants.ALL
            ? read.readAll(row.cells(), row.row().untyped())
            : List.of(read.read(row.cells(), row.row().untyped()));
    boolean kept = false;
    for (int i = 0; i < readings.size(); i++) {
      if (readings.get(i) instanceof Reading.Kept made) {
        if (!learned) {
          reject(
              new Incoming.Rejected(
                  row.line(), "", "NOT_BEST", "another answer of the question is the best"));
          return;
        }
        kept = true;
        List<String> steps = new ArrayList<>(row.built());
        steps.add(layoutStep(read, row, i));
        made(row, made.messages(), steps);
      }
    }
    if (kept) {
      account.used();
    } else if (readings.getFirst() instanceof Reading.Refused refused) {
      reject(
          new Incoming.Rejected(row.line(), refused.column(), refused.reason(), refused.message()));
    }
  }

  private String layoutStep(Layout read, Incoming.Row row, int reading) {
    boolean all = source.variants() == SourceRecipe.Variants.ALL;
    int variant =
        all || !read.varied() ? reading : read.readAll(row.cells()).indexOf(read.read(row.cells()));
    return "layout " + read.name() + (variant == 0 ? "" : ", variant " + variant);
  }

  private void made(Incoming.Row row, List<Message> messages, List<String> steps) {
    if (isText(messages)) {
      hand(messages, row.line(), steps);
    } else if (dialogues == null) {
      finish(new Dialogues.Joined(messages, row.line(), steps));
    } else {
      finish(dialogues.add(row, messages, steps));
    }
  }

  private void finish(Dialogues.@Nullable Joined made) {
    if (made == null) {
      return;
    }
    List<List<Message>> turned = source.turning().apply(made.messages());
    for (int i = 0; i < turned.size(); i++) {
      for (Rewriting.Wording wording : source.rewriting().apply(turned.get(i))) {
        List<String> steps = new ArrayList<>(made.built());
        if (turned.size() > 1) {
          steps.add("answer " + (i + 1));
        }
        if (!wording.step().isEmpty()) {
          steps.add(wording.step());
        }
        hand(wording.messages(), made.line(), steps);
      }
    }
  }

  private void hand(List<Message> messages, long line, List<String> steps) {
    List<Message> turns = new ArrayList<>(messages);
    if (!source.system().isEmpty()
        && !isText(messages)
        && !turns.getFirst().role().equals("system")) {
      turns.addFirst(new Message("system", source.system()));
    }
    account.made();
    String flaw =
        isText(messages)
            ? source.rules().textFlaw(messages.getLast().content())
            : source.rules().flaw(messages);
    if (flaw != null) {
      account.dropped(flaw);
      rejections.add(source, line, "", flaw, String.join("; ", steps));
      return;
    }
    out.accept(new BuiltExample(turns, source.name(), source.origin().file(), line, steps));
  }

  /** Whether it is a plain text, of which nothing is asked. */
  private static boolean isText(List<Message> messages) {
    return messages.size() == 1;
  }

  private void reject(Incoming.Rejected rejected) {
    account.rejected(rejected.reason());
    rejections.add(
        source, rejected.line(), rejected.column(), rejected.reason(), rejected.message());
  }

  /** What tells examples apart. */
  static String identity(BuiltExample example) {
    return Example.of(example.messages(), new Example.Source("", 0)).id();
  }
}
