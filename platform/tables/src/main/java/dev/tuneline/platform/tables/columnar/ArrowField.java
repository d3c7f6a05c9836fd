package dev.tuneline.platform.tables.columnar;

import java.util.List;

/** A column to be written, or a part of one; each may lack values. */
public sealed interface ArrowField {
  String name();

  /** Texts; its values are {@link String}s. */
  record Text(String name) implements ArrowField {}

  /** 64-bit whole numbers; its values are {@link Long}s. */
  record Whole(String name) implements ArrowField {}

  /** Lists; its values are {@link List}s of the element's values. */
  record ListOf(String name, ArrowField element) implements ArrowField {}

  /** Values with names; its values are {@link List}s, one for each member in their order. */
  record Struct(String name, List<ArrowField> members) implements ArrowField {
    public Struct {
      members = List.copyOf(members);
    }
  }
}
