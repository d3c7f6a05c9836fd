package dev.tuneline.parity;

import dev.tuneline.errors.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the cases of a folder. To add a kind of cases: a class and a line here. */
final class Parity {
  private static final List<CaseKind> KINDS =
      List.of(
          new ModelCases(),
          new AdapterCases(),
          new TrainCases(),
          new QuantCases(),
          new ChatCases(),
          new MetricCases(),
          new SafetensorsCases(),
          new CsvCases());

  private Parity() {}

  /** All cases of {@code root}; what no kind knows is a case that fails by name. */
  static List<ParityCase> cases(Path root) {
    if (!Files.isDirectory(root)) {
      throw Problem.caller("MISSING_FOLDER", "there is no such folder").at(Problem.FILE, root);
    }
    List<ParityCase> cases = new ArrayList<>();
    for (Path folder : Folders.directories(root)) {
      String name = Folders.name(folder);
      Optional<CaseKind> kind = KINDS.stream().filter(k -> k.folder().equals(name)).findFirst();
      if (kind.isPresent()) {
        cases.addAll(kind.get().cases(root));
      } else {
        cases.add(ParityCase.unsupported(name, "cases of the kind \"" + name + "\""));
      }
    }
    if (cases.isEmpty()) {
      throw Problem.caller("NO_CASES", "the folder holds no case")
          .at(Problem.FILE, root)
          .mend("point to a folder with models, adapters, train, quant, chat, metrics or csv");
    }
    return cases;
  }
}
