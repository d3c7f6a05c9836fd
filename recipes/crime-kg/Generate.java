import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Writes crime-kg.jsonl from crimes.txt, the same bytes each time: {@code java
 * recipes/crime-kg/Generate.java}.
 *
 * <p>Every crime gives three instructions: its concept, its features, and how it is judged.
 */
public final class Generate {
  private static final long SEED = 20260101;
  private static final String ANYBODY = "年满十六周岁、具有刑事责任能力的人";

  /** What a crime is asked about, in several wordings. */
  enum Kind {
    CONCEPT("请说明下面这个罪名的概念。", "什么是下面这个罪？", "请给下面的罪名下一个定义。"),
    FEATURES("请说明下面这个罪名的特征。", "下面这个罪有哪些构成特征？", "请列出下面罪名的四个构成要件。"),
    JUDGING("请说明下面这个罪名的司法解释。", "审理下面这个罪时，司法上怎样认定？", "请解释下面罪名的认定标准。");

    private final List<String> wordings;

    Kind(String... wordings) {
      this.wordings = List.of(wordings);
    }
  }

  record Crime(String name, String act, String weighed, String who, boolean negligent, String of) {
    String tell(Kind kind) {
      return switch (kind) {
        case CONCEPT -> "%s，是指%s的行为。".formatted(name, act);
        case FEATURES ->
            "%s的特征是：一、侵犯的客体是%s；二、客观方面表现为%s；三、主体是%s；四、主观方面是%s。"
                .formatted(name, of, act, who, negligent ? "过失" : "故意");
        case JUDGING ->
            "审理%s案件，应当查明行为人是否%s，并综合考虑%s。%s"
                .formatted(
                    name, act, weighed, negligent ? "后果轻微、及时补救的，可以从宽处理。" : "情节显著轻微、危害不大的，不认为是犯罪。");
      };
    }
  }

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length > 0 ? args[0] : "recipes/crime-kg");
    List<String> lines = lines(crimes(folder.resolve("crimes.txt")));
    Files.write(
        folder.resolve("crime-kg.jsonl"), (String.join("\n", lines) + "\n").getBytes(UTF_8));
  }

  private static List<Crime> crimes(Path file) throws IOException {
    List<Crime> crimes = new ArrayList<>();
    String protectedGood = "";
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith("= ")) {
        protectedGood = line.substring(2);
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        String[] part = line.split("\\|");
        boolean anybody = part.length < 4 || part[3].isEmpty();
        crimes.add(
            new Crime(
                part[0],
                part[1],
                part[2],
                anybody ? ANYBODY : part[3],
                part.length > 4,
                protectedGood));
      }
    }
    return crimes;
  }

  private static List<String> lines(List<Crime> crimes) {
    Random random = new Random(SEED);
    List<String> lines = new ArrayList<>();
    for (Crime crime : crimes) {
      for (Kind kind : Kind.values()) {
        String wording = kind.wordings.get(random.nextInt(kind.wordings.size()));
        lines.add(
            "{\"instruction\":\"%s\",\"input\":\"%s\",\"output\":\"%s\"}"
                .formatted(wording, crime.name, crime.tell(kind)));
      }
    }
    Collections.shuffle(lines, random);
    return lines;
  }
}
