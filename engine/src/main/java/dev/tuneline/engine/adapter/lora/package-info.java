/** Low-rank adaptation (Hu et al. 2021) in PEFT's file format. */
@NullMarked
package dev.tuneline.engine.adapter.lora;

import org.jspecify.annotations.NullMarked;
