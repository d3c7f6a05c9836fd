package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDManager;
import java.util.List;
import java.util.SequencedMap;

/** A checked configuration: what a decoder of these sizes needs, before any weight is read. */
public interface Blueprint {
  ModelShape shape();

  /** Dimensions of every weight by its name in transformers; nothing else is read. */
  SequencedMap<String, List<Long>> weights();

  /** What the names of all weights but the head's start with; files of a bare decoder lack it. */
  String prefix();

  /** Standard deviation of fresh weights. */
  double initializerRange();

  /** The decoder over {@code weights}; small constants of its own go to {@code manager}. */
  Decoder decoder(Weights weights, PtNDManager manager);
}
