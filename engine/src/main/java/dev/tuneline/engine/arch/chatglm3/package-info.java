/** ChatGLM3 and its siblings in their own checkpoint layout. */
@NullMarked
package dev.tuneline.engine.arch.chatglm3;

import org.jspecify.annotations.NullMarked;
