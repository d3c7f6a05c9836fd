package dev.tuneline.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A prompt for base models that know no chat format: fixed text around an instruction and its
 * input.
 *
 * <p>The templates are data, {@code instruction_templates.json} beside this class. Substitution is
 * literal and happens once: placeholders inside the values stay as they are.
 *
 * @param withInput the text with {@code {instruction}} and {@code {input}}
 * @param withoutInput the text with {@code {instruction}} alone
 */
public record InstructionTemplate(String name, String withInput, String withoutInput) {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{(instruction|input)}");
  private static final List<InstructionTemplate> ALL = read();

  /** The names of all templates. */
  public static List<String> names() {
    return ALL.stream().map(InstructionTemplate::name).toList();
  }

  /** The template of that name; UNKNOWN_INSTRUCTION_TEMPLATE lists those that there are. */
  public static InstructionTemplate named(String name) {
    return ALL.stream()
        .filter(t -> t.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.caller(
                        "UNKNOWN_INSTRUCTION_TEMPLATE",
                        "instruction template \"" + name + "\" is not known")
                    .mend("use one of " + names()));
  }

  /**
   * The prompt up to where the answer begins.
   *
   * @param input null or empty where there is none; white space is an input
   */
  public String prompt(String instruction, @Nullable String input) {
    boolean absent = input == null || input.isEmpty();
    return PLACEHOLDER
        .matcher(absent ? withoutInput : withInput)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    match.group(1).equals("input") ? Objects.toString(input, "") : instruction));
  }

  /** What a user says in a chat who has the same instruction and input. */
  public static String userText(String instruction, @Nullable String input) {
    return input == null || input.isEmpty() ? instruction : instruction + "\n" + input;
  }

  private static List<InstructionTemplate> read() {
    try (InputStream in =
        InstructionTemplate.class.getResourceAsStream("instruction_templates.json")) {
      JsonNode root = new ObjectMapper().readTree(in);
      List<InstructionTemplate> templates = new ArrayList<>();
      root.properties()
          .forEach(
              entry ->
                  templates.add(
                      new InstructionTemplate(
                          entry.getKey(),
                          entry.getValue().required("with_input").textValue(),
                          entry.getValue().required("without_input").textValue())));
      return List.copyOf(templates);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
