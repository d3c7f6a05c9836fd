package dev.tuneline.engine.arch.chatglm3;

import dev.tuneline.engine.arch.Architecture;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;

/** ChatGLM2, ChatGLM3 and GLM-4 in their own checkpoint layout. */
public final class ChatGlm3 implements Architecture {
  @Override
  public String modelType() {
    return "chatglm";
  }

  @Override
  public Blueprint read(ConfigReader config) {
    return ChatGlm3Config.read(config);
  }
}
