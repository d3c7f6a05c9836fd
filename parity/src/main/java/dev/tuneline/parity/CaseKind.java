package dev.tuneline.parity;

import java.nio.file.Path;
import java.util.List;

/** A kind of cases: a subfolder of the folder that is checked. */
interface CaseKind {
  /** Name of the subfolder. */
  String folder();

  /** Everything in {@code root}'s subfolder, which is there, in the order of names. */
  List<ParityCase> cases(Path root);
}
