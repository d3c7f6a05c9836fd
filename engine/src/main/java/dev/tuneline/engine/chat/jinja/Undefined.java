package dev.tuneline.engine.chat.jinja;

/**
 * The value of a name, a key or an attribute that there is not: empty and false; any other use of
 * it fails.
 *
 * @param why what a failure says
 */
record Undefined(String why) {
  static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  static Undefined member(Object of, Object key) {
    String what =
        key instanceof String name
            ? "has no attribute '" + name + "'"
            : "has no element " + PythonText.repr(key);
    return new Undefined("'" + Python.typeName(of) + " object' " + what);
  }

  TemplateFailure failure() {
    return TemplateFailure.of(why);
  }
}
