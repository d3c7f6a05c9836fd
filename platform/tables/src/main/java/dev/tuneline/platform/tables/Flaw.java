package dev.tuneline.platform.tables;

/** Why a record cannot be used; the names are stable codes on the wire. */
public enum Flaw {
  WRONG_CELL_COUNT,
  NUL_CHARACTER,
  TEXT_AFTER_QUOTE,
  UNCLOSED_QUOTE,
  UNDECODABLE,
  CELL_TOO_LARGE,
  ROW_TOO_LARGE,
  TOO_MANY_COLUMNS,
  NESTED_TOO_DEEP,
  INVALID_JSON,
  NOT_AN_OBJECT,
  NOT_A_TEXT
}
