package dev.tuneline.engine.chat;

/** Functions that chat templates call; public since the template engine calls by reflection. */
public final class TemplateFunctions {
  private TemplateFunctions() {}

  /** Ends the rendering: the template refuses the conversation, with this reason. */
  public static String raiseException(String reason) {
    throw new Refusal(reason);
  }

  /** What a template said when it refused. */
  static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refusal(String reason) {
      super(reason);
    }
  }
}
