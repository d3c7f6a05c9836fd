/**
 * Jinja2's template language as chat templates are written in it: sandboxed, with Python's values.
 */
@NullMarked
package dev.tuneline.engine.chat.jinja;

import org.jspecify.annotations.NullMarked;
