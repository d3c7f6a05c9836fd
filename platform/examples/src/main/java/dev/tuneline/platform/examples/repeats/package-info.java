/** What examples have in common: near duplicates, conflicting answers, and leaks between splits. */
@NullMarked
package dev.tuneline.platform.examples.repeats;

import org.jspecify.annotations.NullMarked;
