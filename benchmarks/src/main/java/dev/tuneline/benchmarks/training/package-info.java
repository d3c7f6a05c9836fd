/** Training on the CPU, beside Hugging Face's Trainer with PEFT: speed, memory and losses. */
@NullMarked
package dev.tuneline.benchmarks.training;

import org.jspecify.annotations.NullMarked;
