import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes news.jsonl from news.txt, the same bytes each time: {@code java
 * recipes/news-classification/Generate.java}.
 */
public final class Generate {
  private static final long SEED = 20260101;
  private static final int ITEMS_OF_A_CATEGORY = 60;
  private static final Pattern PLACE = Pattern.compile("\\{([a-z]+)}");

  private final Map<String, List<String>> lists = new HashMap<>();
  private final Map<String, List<String>> categories = new LinkedHashMap<>();
  private final Random random = new Random(SEED);

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length > 0 ? args[0] : "recipes/news-classification");
    Generate generate = new Generate();
    generate.read(folder.resolve("news.txt"));
    String rows = String.join("\n", generate.rows()) + "\n";
    Files.write(folder.resolve("news.jsonl"), rows.getBytes(UTF_8));
  }

  private void read(Path file) throws IOException {
    List<String> items = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith("= ")) {
        items = new ArrayList<>();
        categories.put(line.substring(2), items);
      } else if (line.startsWith("% ")) {
        int colon = line.indexOf(':');
        lists.put(line.substring(2, colon), List.of(line.substring(colon + 2).split(", ")));
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        items.add(line);
      }
    }
  }

  private List<String> rows() {
    List<String> rows = new ArrayList<>();
    String choices = "[\"" + String.join("\",\"", categories.keySet()) + "\"]";
    categories.forEach(
        (category, items) -> {
          Set<String> texts = new LinkedHashSet<>();
          for (int i = 0; texts.size() < ITEMS_OF_A_CATEGORY; i++) {
            texts.add(filled(items.get(i % items.size())));
          }
          for (String text : texts) {
            rows.add(
                "{\"text\":\"%s\",\"category\":%s,\"output\":\"%s\"}"
                    .formatted(text, choices, category));
          }
        });
    Collections.shuffle(rows, random);
    return rows;
  }

  private String filled(String item) {
    return PLACE
        .matcher(item)
        .replaceAll(
            place -> {
              List<String> list = lists.get(place.group(1));
              return Matcher.quoteReplacement(list.get(random.nextInt(list.size())));
            });
  }
}
