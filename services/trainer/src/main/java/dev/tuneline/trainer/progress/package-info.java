/** What training looks like from outside: measurements of each step and who watches them. */
@NullMarked
package dev.tuneline.trainer.progress;

import org.jspecify.annotations.NullMarked;
