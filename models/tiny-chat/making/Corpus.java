import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes the text that tiny-chat is pre-trained on, the same for the same seed: {@code java
 * models/tiny-chat/making/Corpus.java OUT_FOLDER PLAIN_TEXTS CHATS}.
 *
 * <p>{@code plain.jsonl} holds {@code {"text": ...}}, {@code chat.jsonl} holds {@code {"messages":
 * [...]}}. The sentences come from chinese.txt and english.txt, whose heads explain the notation.
 */
public final class Corpus {
  private static final long SEED = 7;
  private static final int CHINESE_PERCENT = 62;
  private static final Pattern SLOT =
      Pattern.compile("\\{([a-z]+)(\\d?)(?:\\.([a-z]+)|([-+*])([a-z]))?}");

  /** One language: its words, its tables, and what is said with them. */
  record Language(
      Map<String, List<String>> lists,
      Map<String, List<Map<String, String>>> tables,
      List<List<String>> sections,
      List<String> chats,
      List<String> systems) {}

  private final Random random = new Random(SEED);

  public static void main(String[] args) throws IOException {
    Path here = Path.of("models/tiny-chat/making");
    Path out = Files.createDirectories(Path.of(args[0]));
    Language chinese =
        read(here.resolve("chinese.txt"), List.of("你是一个友好的聊天助手。", "请用简短的话回答。"));
    Language english =
        read(
            here.resolve("english.txt"),
            List.of("You are a helpful assistant.", "Answer in short sentences."));
    Corpus corpus = new Corpus();
    try (BufferedWriter writer = Files.newBufferedWriter(out.resolve("plain.jsonl"), UTF_8)) {
      for (int i = 0; i < Integer.parseInt(args[1]); i++) {
        boolean zh = corpus.percent(CHINESE_PERCENT);
        String text = corpus.plain(zh ? chinese : english, zh ? "" : " ");
        writer.write("{\"text\": " + quote(text) + "}\n");
      }
    }
    try (BufferedWriter writer = Files.newBufferedWriter(out.resolve("chat.jsonl"), UTF_8)) {
      for (int i = 0; i < Integer.parseInt(args[2]); i++) {
        Language language = corpus.percent(CHINESE_PERCENT) ? chinese : english;
        writer.write("{\"messages\": [" + corpus.chat(language) + "]}\n");
      }
    }
  }

  private static Language read(Path file, List<String> systems) throws IOException {
    Language language =
        new Language(
            new HashMap<>(), new HashMap<>(), new ArrayList<>(), new ArrayList<>(), systems);
    List<Map<String, String>> table = new ArrayList<>();
    String[] columns = {};
    for (String line : Files.readAllLines(file)) {
      String text = line.length() > 2 ? line.substring(2) : "";
      int space = text.indexOf(' ');
      switch (line.isEmpty() ? ' ' : line.charAt(0)) {
        case '*' ->
            language.lists.put(
                text.substring(0, space), List.of(text.substring(space + 1).split("\\|")));
        case '%' -> {
          table = new ArrayList<>();
          columns = text.substring(space + 1).split(",");
          language.tables.put(text.substring(0, space), table);
        }
        case '&' -> {
          String[] cells = text.split(",", columns.length);
          Map<String, String> row = new HashMap<>();
          for (int i = 0; i < columns.length; i++) {
            row.put(columns[i], cells[i]);
          }
          table.add(row);
        }
        case '=' -> language.sections.add(new ArrayList<>());
        case 'P' -> language.sections.getLast().add(text);
        case 'C' -> language.chats.add(text);
        default -> {}
      }
    }
    language.sections.removeIf(List::isEmpty);
    return language;
  }

  private String plain(Language language, String between) {
    List<String> section = pick(language.sections);
    Map<String, Object> chosen = new HashMap<>();
    int sentences = 2 + random.nextInt(4);
    List<String> said = new ArrayList<>();
    int from = random.nextInt(section.size());
    for (int i = 0; i < sentences; i++) {
      // Mostly in the written order, as a story; at times a jump.
      int at = percent(75) ? from + i : random.nextInt(section.size());
      String sentence = fill(language, section.get(at % section.size()), chosen);
      said.add(sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1));
      if (percent(40)) {
        chosen.clear();
      }
    }
    return String.join(percent(10) ? "\n" : between, said);
  }

  private String chat(Language language) {
    List<String> turns = new ArrayList<>();
    if (percent(15)) {
      turns.add(message("system", pick(language.systems)));
    }
    int exchanges = percent(70) ? 1 : 2;
    for (int i = 0; i < exchanges; i++) {
      String[] said = fill(language, pick(language.chats), new HashMap<>()).split(" >> ");
      for (int turn = 0; turn < said.length; turn++) {
        turns.add(message(turn % 2 == 0 ? "user" : "assistant", said[turn]));
      }
    }
    return String.join(", ", turns);
  }

  private String fill(Language language, String pattern, Map<String, Object> chosen) {
    return SLOT.matcher(pattern)
        .replaceAll(slot -> Matcher.quoteReplacement(value(language, slot, chosen)));
  }

  private String value(
      Language language, java.util.regex.MatchResult slot, Map<String, Object> chosen) {
    String name = slot.group(1);
    if (name.length() == 1) {
      int left = number(name, chosen);
      if (slot.group(4) == null) {
        return String.valueOf(left);
      }
      int right = number(slot.group(5), chosen);
      return switch (slot.group(4)) {
        case "+" -> String.valueOf(left + right);
        case "-" -> String.valueOf(left - right);
        default -> String.valueOf(left * right);
      };
    }
    String key = name + slot.group(2);
    if (slot.group(3) != null) {
      Object row = chosen.computeIfAbsent(key, k -> pick(language.tables.get(name)));
      return ((Map<?, ?>) row).get(slot.group(3)).toString();
    }
    return chosen.computeIfAbsent(key, k -> pick(language.lists.get(name))).toString();
  }

  private int number(String name, Map<String, Object> chosen) {
    int from = name.equals("a") ? 10 : 1;
    return (int) chosen.computeIfAbsent(name, k -> from + random.nextInt(name.equals("a") ? 41 : 9));
  }

  private boolean percent(int percent) {
    return random.nextInt(100) < percent;
  }

  private <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private static String message(String role, String content) {
    return "{\"role\": \"" + role + "\", \"content\": " + quote(content) + "}";
  }

  private static String quote(String text) {
    return '"'
        + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")
        + '"';
  }
}
