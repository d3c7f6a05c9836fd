@NullMarked
package dev.tuneline.engine.adapter.module;

import org.jspecify.annotations.NullMarked;
