package dev.tuneline.datasets.build;

import dev.tuneline.platform.examples.Example.Message;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which examples are kept, by length, language and keywords. Lengths are in characters (Unicode
 * code points), of all that is asked and of the answer; keywords are looked for in both, without
 * regard to capitals.
 *
 * @param languages ISO 639-1 codes; empty: all
 * @param anyOf keywords of which one must be there; empty: none need be
 * @param noneOf keywords that must not be there
 */
record ExampleRules(
    int minPromptCharacters,
    int maxPromptCharacters,
    int minAnswerCharacters,
    int maxAnswerCharacters,
    List<String> languages,
    List<String> anyOf,
    List<String> noneOf) {
  /** Everything is kept that has a text on both sides. */
  static final ExampleRules NONE =
      new ExampleRules(1, Integer.MAX_VALUE, 1, Integer.MAX_VALUE, List.of(), List.of(), List.of());

  static ExampleRules of(@Nullable RecipeYaml yaml) {
    if (yaml == null) {
      return NONE;
    }
    List<String> languages = yaml.texts("languages");
    for (String language : languages) {
      if (!Scripts.LANGUAGES.contains(language)) {
        throw yaml.invalid("languages", "'" + language + "' is not told apart")
            .mend("use some of " + String.join(", ", Scripts.LANGUAGES));
      }
    }
    ExampleRules rules =
        new ExampleRules(
            characters(yaml, "min_prompt_characters", 1),
            characters(yaml, "max_prompt_characters", Integer.MAX_VALUE),
            characters(yaml, "min_answer_characters", 1),
            characters(yaml, "max_answer_characters", Integer.MAX_VALUE),
            languages,
            lowered(yaml.texts("any_of")),
            lowered(yaml.texts("none_of")));
    yaml.done();
    return rules;
  }

  private static int characters(RecipeYaml yaml, String key, int otherwise) {
    return (int) yaml.number(key, otherwise, 1, Integer.MAX_VALUE);
  }

  private static List<String> lowered(List<String> keywords) {
    return keywords.stream().map(keyword -> keyword.toLowerCase(Locale.ROOT)).toList();
  }

  /** Why a conversation is not kept, as a stable code, or null when it is. */
  @Nullable String flaw(List<Message> messages) {
    StringBuilder asked = new StringBuilder();
    messages.subList(0, messages.size() - 1).forEach(turn -> asked.append(turn.content()));
    return flaw(asked.toString(), messages.getLast().content());
  }

  /** Why a prompt and its answer are not kept, as a stable code, or null when they are. */
  @Nullable String flaw(String prompt, String answer) {
    String flaw = promptFlaw(prompt);
    if (flaw != null) {
      return flaw;
    }
    return answerFlaw(answer, prompt + "\n" + answer);
  }

  /** Why a plain text is not kept, by the rules of an answer, or null when it is. */
  @Nullable String textFlaw(String text) {
    return answerFlaw(text, text);
  }

  private @Nullable String answerFlaw(String answer, String both) {
    long length = characters(answer);
    if (length < minAnswerCharacters) {
      return "ANSWER_TOO_SHORT";
    }
    if (length > maxAnswerCharacters) {
      return "ANSWER_TOO_LONG";
    }
    String lower = both.toLowerCase(Locale.ROOT);
    if (noneOf.stream().anyMatch(lower::contains)) {
      return "FORBIDDEN_KEYWORD";
    }
    if (!anyOf.isEmpty() && anyOf.stream().noneMatch(lower::contains)) {
      return "NO_KEYWORD";
    }
    return languages.isEmpty() || languages.contains(Scripts.language(answer))
        ? null
        : "OTHER_LANGUAGE";
  }

  /** As {@link #flaw(String, String)}, of what can be said before there is an answer. */
  @Nullable String promptFlaw(String prompt) {
    long length = characters(prompt);
    if (length < minPromptCharacters) {
      return "PROMPT_TOO_SHORT";
    }
    if (length > maxPromptCharacters) {
      return "PROMPT_TOO_LONG";
    }
    String lower = prompt.toLowerCase(Locale.ROOT);
    if (noneOf.stream().anyMatch(lower::contains)) {
      return "FORBIDDEN_KEYWORD";
    }
    return languages.isEmpty() || languages.contains(Scripts.language(prompt))
        ? null
        : "OTHER_LANGUAGE";
  }

  private static long characters(String text) {
    String stripped = text.strip();
    return stripped.codePointCount(0, stripped.length());
  }
}
