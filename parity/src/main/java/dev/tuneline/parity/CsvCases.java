package dev.tuneline.parity;

import java.nio.file.Path;
import java.util.List;

/** Files of {@code csv/}, which belong to what reads rows and come with it. */
final class CsvCases implements CaseKind {
  @Override
  public String folder() {
    return "csv";
  }

  @Override
  public List<ParityCase> cases(Path root) {
    return List.of(new ParityCase("csv", checks -> checks.later("csv (not checked yet)")));
  }
}
