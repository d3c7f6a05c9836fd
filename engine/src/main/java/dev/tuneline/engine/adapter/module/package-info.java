/** Adapters that are made of changes to single modules, and what the methods among them share. */
@NullMarked
package dev.tuneline.engine.adapter.module;

import org.jspecify.annotations.NullMarked;
