/**
 * Prompt learning: trained virtual tokens in front of every sequence, in PEFT's file format.
 * P-Tuning v2 (Liu et al. 2021), P-Tuning (Liu et al. 2021) and prompt tuning (Lester et al. 2021)
 * differ in where the tokens stand and in the encoder that makes them while training.
 */
@NullMarked
package dev.tuneline.engine.adapter.prompt;

import org.jspecify.annotations.NullMarked;
