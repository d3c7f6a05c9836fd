package dev.tuneline.datasets;

import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.tables.TableRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one record of a file.
 *
 * @param index how many records came before it
 * @param line its line, or its number where a file has no lines
 * @param row the record, or null when it could not be read
 * @param messages what is learned from it; empty when it is rejected
 * @param cut whether a user's turn that nobody answered was left out
 * @param rejection why it is rejected, or null
 */
public record Finding(
    long index,
    long line,
    TableRecord.@Nullable Row row,
    List<Example.Message> messages,
    boolean cut,
    @Nullable Rejection rejection) {
  /**
   * Why a record is no example.
   *
   * @param column the column that is to blame; empty when the whole row is
   * @param reason stable code
   * @param message one sentence with the mend
   * @param blank whether the column is there but empty
   */
  public record Rejection(String column, String reason, String message, boolean blank) {}

  public Finding {
    messages = List.copyOf(messages);
  }
}
