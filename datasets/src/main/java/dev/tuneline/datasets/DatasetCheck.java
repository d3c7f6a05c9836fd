package dev.tuneline.datasets;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.cleaning.Cleaned;
import dev.tuneline.platform.examples.cleaning.ExampleCleaning;
import dev.tuneline.platform.examples.cleaning.PersonalData;
import dev.tuneline.platform.examples.layout.Layout;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.examples.repeats.NearDuplicates;
import dev.tuneline.platform.tables.CellType;
import dev.tuneline.platform.tables.TableFile;
import dev.tuneline.platform.tables.TableKind;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import dev.tuneline.proto.v1.Cleaning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Looks a file through and writes what it found as one JSON object, row by row as it reads. What
 * the object holds is described in docs/datasets.md.
 *
 * @param name the file's name, for messages
 * @param layouts which layout the rows have
 * @param cleaning what is done to the examples first, or null
 * @param model a base model's folder to count tokens with, or null
 * @param cutoff the most tokens of an example
 * @param maxRejections how many rejections are written; all are counted
 * @param rows whether every row is written
 */
public record DatasetCheck(
    String name,
    Path path,
    TableFile.Overrides overrides,
    TableLimits limits,
    Layouts layouts,
    @Nullable Cleaning cleaning,
    @Nullable Path model,
    int cutoff,
    long maxRejections,
    boolean rows) {
  /** The reason of a row whose example is there already; preparing a dataset calls it the same. */
  private static final String DUPLICATE = "DUPLICATE";

  /**
   * Looks the file through.
   *
   * @return whether it can be read and has an example; if not, the object says why
   */
  public boolean run(JsonGenerator out) {
    try {
      out.writeStartObject();
      out.writeStringField("file", name);
      boolean usable;
      try {
        usable = look(out);
      } catch (Problem refused) {
        closeArrays(out);
        writeProblem(refused, out);
        usable = false;
      }
      out.writeEndObject();
      out.flush();
      return usable;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean look(JsonGenerator out) throws IOException {
    TableFile file = TableFile.detect(name, path, limits, overrides);
    out.writeStringField("kind", file.kind().name().toLowerCase(Locale.ROOT));
    out.writeStringField("charset", file.charset().name());
    if (file.kind() == TableKind.DELIMITED) {
      out.writeStringField("delimiter", String.valueOf(file.delimiter()));
    }
    out.writeBooleanField("packed", file.packed());
    try (TableReader table = file.read();
        Tally tally = new Tally(cleaning, model == null ? null : new TokenCounts(model, cutoff))) {
      if (!table.columns().isEmpty()) {
        out.writeArrayFieldStart("columns");
        for (String column : table.columns()) {
          out.writeString(column);
        }
        out.writeEndArray();
      }
      RowReader reader = new RowReader(table, layouts, name);
      Layout layout = reader.layout();
      out.writeStringField("layout", layout.name());
      out.writeArrayFieldStart(rows ? "rows" : "rejections");
      for (Finding found = reader.next(); found != null; found = reader.next()) {
        Finding counted = tally.count(found, layout);
        boolean shown = counted.rejection() != null && tally.rejected <= maxRejections;
        if (rows || shown) {
          write(counted, out);
        }
      }
      out.writeEndArray();
      tally.write(out);
      return tally.kept > 0;
    }
  }

  private static void closeArrays(JsonGenerator out) throws IOException {
    if (out.getOutputContext().inArray()) {
      out.writeEndArray();
    }
  }

  private static void writeProblem(Problem problem, JsonGenerator out) throws IOException {
    out.writeObjectFieldStart("problem");
    out.writeStringField("reason", problem.reason());
    out.writeStringField("message", problem.getMessage());
    for (Map.Entry<String, String> detail : problem.details().entrySet()) {
      out.writeStringField(detail.getKey(), detail.getValue());
    }
    out.writeEndObject();
  }

  private void write(Finding found, JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeNumberField("index", found.index());
    out.writeNumberField("line", found.line());
    Finding.Rejection rejection = found.rejection();
    if (rejection != null) {
      out.writeStringField("column", rejection.column());
      out.writeStringField("reason", rejection.reason());
      out.writeStringField("message", rejection.message());
      out.writeBooleanField("blank", rejection.blank());
    }
    TableRecord.Row row = found.row();
    if (rows && row != null) {
      out.writeObjectFieldStart("cells");
      for (Map.Entry<String, String> cell : row.cells().entrySet()) {
        out.writeFieldName(cell.getKey());
        CellType type = row.type(cell.getKey());
        switch (type) {
          case TEXT -> out.writeString(cell.getValue());
          case NULL -> out.writeNull();
          case NUMBER, FLAG, NESTED -> out.writeRawValue(cell.getValue());
        }
      }
      out.writeEndObject();
    }
    if (rows && !found.messages().isEmpty()) {
      out.writeArrayFieldStart("messages");
      for (Example.Message message : found.messages()) {
        out.writeStartObject();
        out.writeStringField("role", message.role());
        out.writeStringField("content", message.content());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeBooleanField("cut", found.cut());
    }
    out.writeEndObject();
  }

  /** What was counted so far. */
  private static final class Tally implements AutoCloseable {
    private final @Nullable TokenCounts tokens;
    private final @Nullable ExampleCleaning cleaning;
    private final boolean dropsEqual;
    private final Map<String, Long> changed = new TreeMap<>();
    private final Repetitions repetitions = new Repetitions();
    private final Likeness likeness = new Likeness(Path.of(System.getProperty("java.io.tmpdir")));
    private final Map<String, Long> reasons = new TreeMap<>();
    private final Map<PersonalData.Kind, long[]> personal = new EnumMap<>(PersonalData.Kind.class);
    private long received;
    private long kept;
    private long rejected;

    Tally(@Nullable Cleaning settings, @Nullable TokenCounts tokens) {
      this.tokens = tokens;
      this.cleaning = settings == null ? null : ExampleCleaning.of(settings);
      this.dropsEqual =
          settings == null || !settings.hasExactDuplicates() || settings.getExactDuplicates();
    }

    /** Cleans and counts a record; an example that was there already becomes a rejection. */
    Finding count(Finding read, Layout layout) {
      received++;
      Finding.Rejection rejection = read.rejection();
      if (rejection != null) {
        return reject(read, rejection);
      }
      Finding found = read;
      if (cleaning != null) {
        switch (cleaning.clean(read.messages())) {
          case Cleaned.Refused refused -> {
            return reject(read, rejection(refused, read, layout));
          }
          case Cleaned.Kept kept -> {
            found =
                new Finding(
                    read.index(), read.line(), read.row(), kept.messages(), read.cut(), null);
            kept.changed().forEach(step -> changed.merge(step.key(), 1L, Long::sum));
          }
        }
      }
      if (!repetitions.add(found.messages()) && dropsEqual) {
        return reject(
            found,
            new Finding.Rejection(
                "", DUPLICATE, "an equal example is in the file already; remove it", false));
      }
      kept++;
      likeness.add(found.messages());
      for (Example.Message message : found.messages()) {
        PersonalData.count(message.content())
            .forEach(
                (kind, times) -> {
                  long[] counts = personal.computeIfAbsent(kind, k -> new long[1]);
                  counts[0] += times;
                });
      }
      if (tokens != null) {
        tokens.add(found.messages());
      }
      return found;
    }

    private static Finding.Rejection rejection(
        Cleaned.Refused refused, Finding read, Layout layout) {
      TableRecord.Row row = read.row();
      String column =
          row == null
              ? ""
              : layout.columnOf(refused.turn() == read.messages().size() - 1, row.cells().keySet());
      return new Finding.Rejection(column, refused.reason(), refused.message(), false);
    }

    private Finding reject(Finding found, Finding.Rejection rejection) {
      rejected++;
      reasons.merge(rejection.reason(), 1L, Long::sum);
      return new Finding(
          found.index(), found.line(), found.row(), found.messages(), found.cut(), rejection);
    }

    void write(JsonGenerator out) throws IOException {
      long sum = reasons.values().stream().mapToLong(Long::longValue).sum();
      if (received != kept + sum) {
        throw new IllegalStateException(
            "%d rows came, but %d were kept and %d rejected".formatted(received, kept, sum));
      }
      out.writeObjectFieldStart("account");
      out.writeNumberField("received", received);
      out.writeNumberField("kept", kept);
      out.writeNumberField("rejected", rejected);
      out.writeObjectFieldStart("rejected_by_reason");
      for (Map.Entry<String, Long> reason : reasons.entrySet()) {
        out.writeNumberField(reason.getKey(), reason.getValue());
      }
      out.writeEndObject();
      out.writeEndObject();
      if (cleaning != null) {
        out.writeObjectFieldStart("changed_by_step");
        for (Map.Entry<String, Long> step : changed.entrySet()) {
          out.writeNumberField(step.getKey(), step.getValue());
        }
        out.writeEndObject();
      }
      out.writeObjectFieldStart("conflicts");
      out.writeNumberField("questions", repetitions.conflictingQuestions());
      out.writeNumberField("examples", repetitions.conflictingExamples());
      out.writeEndObject();
      NearDuplicates.Found near = likeness.find();
      out.writeObjectFieldStart("near_duplicates");
      out.writeNumberField("groups", near.groups());
      out.writeNumberField("examples", near.groups() + near.repeated().cardinality());
      out.writeEndObject();
      out.writeObjectFieldStart("personal_data");
      for (PersonalData.Kind kind : PersonalData.Kind.values()) {
        long[] times = personal.getOrDefault(kind, new long[1]);
        out.writeNumberField(kind.name().toLowerCase(Locale.ROOT), times[0]);
      }
      out.writeEndObject();
      if (tokens != null) {
        write(tokens.summary(), out);
      }
    }

    private static void write(TokenCounts.Summary summary, JsonGenerator out) throws IOException {
      out.writeObjectFieldStart("tokens");
      out.writeNumberField("cutoff", summary.cutoff());
      out.writeNumberField("total", summary.total());
      out.writeNumberField("trained", summary.trained());
      out.writeNumberField("mean", summary.mean());
      out.writeNumberField("median", summary.median());
      out.writeNumberField("p95", summary.p95());
      out.writeNumberField("max", summary.max());
      out.writeNumberField("truncated_examples", summary.truncatedExamples());
      out.writeNumberField("cut_tokens", summary.cutTokens());
      out.writeNumberField("untrained_examples", summary.untrainedExamples());
      out.writeEndObject();
    }

    @Override
    public void close() {
      likeness.close();
      if (tokens != null) {
        tokens.close();
      }
    }
  }
}
