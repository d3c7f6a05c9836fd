@NullMarked
package dev.tuneline.engine.adapter.adalora;

import org.jspecify.annotations.NullMarked;
