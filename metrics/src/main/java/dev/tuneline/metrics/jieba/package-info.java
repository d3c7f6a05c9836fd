/** Chinese words, cut exactly as jieba 0.42.1 cuts them. */
@NullMarked
package dev.tuneline.metrics.jieba;

import org.jspecify.annotations.NullMarked;
