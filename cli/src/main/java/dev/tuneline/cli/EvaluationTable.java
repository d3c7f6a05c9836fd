package dev.tuneline.cli;

import dev.tuneline.proto.v1.Evaluation;
import dev.tuneline.proto.v1.ModelScores;
import java.util.Locale;

/** Base against candidate, as a table. */
final class EvaluationTable {
  private EvaluationTable() {}

  /** Prints the scores and what the gate said. */
  static void show(Evaluation evaluation, Terminal terminal) {
    ModelScores base = evaluation.getBase();
    ModelScores candidate = evaluation.getCandidate();
    Tables table = new Tables("", "base", "candidate", "candidate / base");
    table.row(
        "loss",
        Figures.score(base.getLoss()),
        Figures.score(candidate.getLoss()),
        ratio(candidate.getLoss(), base.getLoss()));
    table.row(
        "ROUGE-L",
        Figures.score(base.getRougeL()),
        Figures.score(candidate.getRougeL()),
        ratio(candidate.getRougeL(), base.getRougeL()));
    table.row(
        "examples", Figures.count(base.getExamples()), Figures.count(candidate.getExamples()), "");
    table.show(terminal);
    String verdict = evaluation.getGatePassed() ? "passed" : "refused";
    String reason = evaluation.getGateReason();
    terminal.line("gate: " + (reason.startsWith(verdict) ? reason : verdict + ", " + reason));
  }

  private static String ratio(double candidate, double base) {
    return base == 0 ? "-" : String.format(Locale.ROOT, "%.2f", candidate / base);
  }
}
