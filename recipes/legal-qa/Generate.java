import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes legal-qa.csv from topics.txt, the same bytes each time: {@code java
 * recipes/legal-qa/Generate.java}.
 *
 * <p>Rows that a careful reader must refuse are put in on purpose; the list is in {@link #broken}.
 */
public final class Generate {
  private static final long SEED = 20260101;
  private static final int ROWS_PER_TOPIC = 18;
  private static final int OTHER_REPLIES = 30;

  private static final List<String> OPENERS = List.of("", "", "", "", "请问", "咨询一下，", "急，");
  private static final List<String> CLOSERS =
      List.of("", "", "", "谢谢！", "请律师指点。", "我该怎么办？", "请问怎么处理？");
  private static final List<String> YES = List.of("1", "1", "1", "1", "true", "yes", "是");
  private static final List<String> NO = List.of("0", "0", "false", "no", "否", "");
  private static final List<String> SHORT_REPLIES =
      List.of("同问，楼主解决了吗？", "这个要看具体情况。", "打官司太麻烦，还是算了吧。", "建议找个律师当面问问。");
  private static final Pattern SLOT = Pattern.compile("\\{([a-z]+)(\\d?)}");

  record Topic(List<String> titles, List<String> questions, String answer) {}

  record Row(String title, String question, String reply, String isBest) {}

  private final Random random = new Random(SEED);
  private final Map<String, List<String>> words = new HashMap<>();
  private final List<Topic> topics = new ArrayList<>();

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length > 0 ? args[0] : "recipes/legal-qa");
    Generate generate = new Generate();
    generate.read(folder.resolve("topics.txt"));
    Files.write(folder.resolve("legal-qa.csv"), generate.csv());
  }

  private void read(Path file) throws IOException {
    for (String line : Files.readAllLines(file)) {
      String text = line.length() > 2 ? line.substring(2) : "";
      switch (line.isEmpty() ? ' ' : line.charAt(0)) {
        case '*' -> {
          int space = text.indexOf(' ');
          words.put(text.substring(0, space), List.of(text.substring(space + 1).split("\\|")));
        }
        case '=' -> topics.add(new Topic(new ArrayList<>(), new ArrayList<>(), ""));
        case 'T' -> topics.getLast().titles.add(text);
        case 'Q' -> topics.getLast().questions.add(text);
        case 'A' -> {
          Topic topic = topics.removeLast();
          topics.add(new Topic(topic.titles, topic.questions, text));
        }
        default -> {}
      }
    }
  }

  private byte[] csv() {
    List<Row> rows = rows();
    List<byte[]> lines = new ArrayList<>();
    for (Row row : rows) {
      lines.add(line(cells(row)).getBytes(UTF_8));
    }
    List<byte[]> broken = broken(rows);
    for (int i = 0; i < broken.size(); i++) {
      lines.add((i + 1) * lines.size() / (broken.size() + 1), broken.get(i));
    }
    ByteArrayOutputStream csv = new ByteArrayOutputStream();
    csv.writeBytes("title,question,reply,is_best\n".getBytes(UTF_8));
    lines.forEach(csv::writeBytes);
    return csv.toByteArray();
  }

  private List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    Set<String> prompts = new HashSet<>();
    for (Topic topic : topics) {
      for (int made = 0; made < ROWS_PER_TOPIC; ) {
        Row row = row(topic, made);
        if (prompts.add(row.title + "\n" + row.question)) {
          rows.add(row);
          made++;
        }
      }
    }
    Collections.shuffle(rows, random);
    for (int i = 0; i < OTHER_REPLIES; i++) {
      Row asked = rows.get(random.nextInt(rows.size()));
      rows.add(
          random.nextInt(rows.size()),
          new Row(asked.title, asked.question, pick(SHORT_REPLIES), pick(NO)));
    }
    return rows;
  }

  private Row row(Topic topic, int index) {
    Map<String, String> chosen = new HashMap<>();
    String title = topic.titles.get(index % topic.titles.size());
    String question = random.nextInt(100) < 22 ? "" : pick(topic.questions);
    if (!question.isEmpty()) {
      question += (random.nextInt(100) < 6 ? "\n" : "") + pick(CLOSERS);
    }
    String reply = topic.answer;
    if (random.nextInt(100) < 3) {
      reply = reply.replace("。建议", "。\n建议");
    }
    return new Row(
        fill(pick(OPENERS) + title, chosen), fill(question, chosen).strip(), reply, pick(YES));
  }

  /** The rows that must be refused, each a line as bytes. */
  private List<byte[]> broken(List<Row> rows) {
    List<byte[]> lines = new ArrayList<>();
    for (int i = 0; i < 4; i++) { // a cell is missing
      Row row = rows.get(40 + i);
      lines.add(line(List.of(row.title, row.reply, "1")).getBytes(UTF_8));
    }
    for (int i = 0; i < 3; i++) { // a cell too many
      Row row = rows.get(60 + i);
      lines.add(line(List.of(row.title, "", row.reply, "1", "2024-05-01")).getBytes(UTF_8));
    }
    for (int i = 0; i < 5; i++) { // nobody replied
      Row row = rows.get(80 + i);
      lines.add(line(List.of("还有人在吗，" + row.title, row.question, "", "0")).getBytes(UTF_8));
    }
    for (String flag : List.of("maybe", "2")) { // is_best is neither yes nor no
      Row row = rows.get(100 + flag.length());
      lines.add(line(List.of("再问：" + row.title, "", row.reply, flag)).getBytes(UTF_8));
    }
    for (int i = 0; i < 3; i++) { // the very same row again
      lines.add(line(cells(rows.get(7 + i))).getBytes(UTF_8));
    }
    for (int i = 0; i < 2; i++) { // text after a closing quote
      lines.add(("\"合同\"纠纷怎么办" + i + ",,可以先协商。,1\n").getBytes(UTF_8));
    }
    lines.add("控制字符\u0000怎么来的,,数据里有空字符。,1\n".getBytes(UTF_8));
    ByteArrayOutputStream notUtf8 = new ByteArrayOutputStream();
    notUtf8.writeBytes("编码坏了".getBytes(UTF_8));
    notUtf8.write(0xC3);
    notUtf8.write(0x28);
    notUtf8.write(0xFF);
    notUtf8.writeBytes(",,这一行不是有效的编码。,1\n".getBytes(UTF_8));
    lines.add(notUtf8.toByteArray());
    return lines;
  }

  private String fill(String pattern, Map<String, String> chosen) {
    return SLOT.matcher(pattern)
        .replaceAll(
            slot ->
                Matcher.quoteReplacement(
                    chosen.computeIfAbsent(
                        slot.group(1) + slot.group(2), key -> pick(words.get(slot.group(1))))));
  }

  private <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private static List<String> cells(Row row) {
    return List.of(row.title, row.question, row.reply, row.isBest);
  }

  private static String line(List<String> cells) {
    List<String> quoted = new ArrayList<>();
    for (String cell : cells) {
      boolean quote = cell.contains(",") || cell.contains("\"") || cell.contains("\n");
      quoted.add(quote ? '"' + cell.replace("\"", "\"\"") + '"' : cell);
    }
    return String.join(",", quoted) + "\n";
  }
}
