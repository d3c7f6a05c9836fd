/** Checks the engine against what transformers and PEFT computed, stored as a folder of cases. */
@NullMarked
package dev.tuneline.parity;

import org.jspecify.annotations.NullMarked;
