package dev.tuneline.datasets.build;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.platform.examples.Example.Message;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Says a conversation's last question in other words, by rules.
 *
 * @param rules the rules, each of which is tried
 * @param one whether one wording is taken, by a hash of the question, instead of all
 * @param original whether the question as it is counts as a wording; where no rule fits it always
 *     does
 */
record Rewriting(List<Rule> rules, boolean one, boolean original) {
  /** Longer questions are left alone: expressions may take long over them. */
  private static final int MAX_CHARACTERS = 10_000;

  private static final String SHIPPED = "instructions.yaml";
  private static final Pattern GROUP = Pattern.compile("(?<!\\\\)\\$(\\d)");

  /** As it is. */
  static final Rewriting NONE = new Rewriting(List.of(), false, true);

  private enum Take {
    ALL,
    ONE
  }

  /**
   * A rule.
   *
   * @param match what a question looks like that it is for
   * @param unless what it must not look like, or null
   * @param to what the match becomes, one wording each; {@code $1} is the first group
   */
  record Rule(String name, Pattern match, @Nullable Pattern unless, List<String> to) {}

  /**
   * One wording.
   *
   * @param step how it came about; empty for the original
   */
  record Wording(List<Message> messages, String step) {}

  /**
   * Reads {@code use} (names of shipped rules), {@code rules}, {@code take} and {@code original}.
   */
  static Rewriting of(@Nullable RecipeYaml yaml) {
    if (yaml == null) {
      return NONE;
    }
    List<Rule> rules = new ArrayList<>();
    RecipeYaml shipped = shipped();
    for (String name : yaml.texts("use")) {
      if (!shipped.has(name)) {
        throw yaml.invalid("use", "there are no rules '" + name + "'")
            .mend("use some of " + String.join(", ", shipped.keys()));
      }
      shipped.sections(name).forEach(rule -> rules.add(rule(name, rule)));
    }
    for (RecipeYaml rule : yaml.sections("rules")) {
      rules.add(rule(rule.text("name", "rule " + (rules.size() + 1)), rule));
    }
    if (rules.isEmpty()) {
      throw yaml.invalid("use", "there are no rules").mend("write use: [zh-polite], or rules");
    }
    Rewriting rewriting =
        new Rewriting(
            rules, yaml.choice("take", Take.ALL) == Take.ONE, yaml.flag("original", true));
    yaml.done();
    return rewriting;
  }

  private static RecipeYaml shipped() {
    try (InputStream in = Rewriting.class.getResourceAsStream(SHIPPED)) {
      if (in == null) {
        throw new IllegalStateException(SHIPPED + " is not shipped");
      }
      return RecipeYaml.parse(new String(in.readAllBytes(), UTF_8), SHIPPED);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Rule rule(String name, RecipeYaml yaml) {
    Pattern match = pattern(yaml, "match", yaml.required("match"));
    String unless = yaml.text("unless");
    List<String> to = yaml.texts("to");
    if (to.isEmpty()) {
      throw yaml.invalid("to", "the rule says nothing");
    }
    int groups = match.matcher("").groupCount();
    for (String text : to) {
      Matcher group = GROUP.matcher(text);
      while (group.find()) {
        if (Integer.parseInt(group.group(1)) > groups) {
          throw yaml.invalid("to", "there is no group " + group.group() + " in match");
        }
      }
    }
    Rule rule = new Rule(name, match, unless == null ? null : pattern(yaml, "unless", unless), to);
    yaml.done();
    return rule;
  }

  private static Pattern pattern(RecipeYaml yaml, String key, String expression) {
    try {
      return Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw yaml.invalid(key, "this is no regular expression: " + e.getDescription()).causedBy(e);
    }
  }

  /** The wordings that are taken, at least one; pure. */
  List<Wording> apply(List<Message> messages) {
    int last = messages.size() - 2;
    String question = messages.get(last).content();
    List<Wording> wordings = new ArrayList<>();
    if (question.length() <= MAX_CHARACTERS) {
      for (Rule rule : rules) {
        if (rule.unless() == null || !rule.unless().matcher(question).find()) {
          add(rule, messages, last, wordings);
        }
      }
    }
    if (original || wordings.isEmpty()) {
      wordings.addFirst(new Wording(messages, ""));
    }
    return one
        ? List.of(wordings.get(Math.floorMod(Hashes.of(question), wordings.size())))
        : wordings;
  }

  private static void add(Rule rule, List<Message> messages, int last, List<Wording> wordings) {
    Message asked = messages.get(last);
    for (int i = 0; i < rule.to().size(); i++) {
      Matcher matcher = rule.match().matcher(asked.content());
      if (!matcher.find()) {
        return;
      }
      String reworded = matcher.replaceFirst(rule.to().get(i));
      if (!reworded.equals(asked.content())) {
        List<Message> changed = new ArrayList<>(messages);
        changed.set(last, new Message(asked.role(), reworded));
        wordings.add(new Wording(changed, "instruction " + rule.name() + " " + (i + 1)));
      }
    }
  }
}
