package dev.tuneline.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import dev.tuneline.metrics.jieba.Jieba;
import dev.tuneline.metrics.rouge.Rouge;
import dev.tuneline.metrics.rouge.RougeScores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Chinese ROUGE-1, -2 and -L on one thread, cutting words included, beside jieba and {@code
 * rouge_chinese}. Both must come to the same scores.
 */
final class EvaluationBenchmark implements Benchmark {
  private static final String BENCHMARK = "evaluation";
  private static final int PAIRS = 10_000;
  private static final int ROUNDS = 3;
  private static final double AGREEMENT = 1e-9;
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Pair(String answer, String reference) {}

  @Override
  public String name() {
    return BENCHMARK;
  }

  @Override
  public List<Part> parts() {
    return List.of(new FirstCut(), new ChineseRouge());
  }

  private record FirstCut() implements Part {
    @Override
    public String name() {
      return "first cut";
    }

    @Override
    public List<Figure> measure(Bench bench) throws IOException {
      String text = pairs(bench).getFirst().answer();
      Map<String, String> request = Map.of("do", "first_cut", "text", text);
      try (Worker peer = bench.peer(BENCHMARK)) {
        Medians medians =
            Medians.alternating(
                1,
                () -> secondsOf(() -> Jieba.cut(text)),
                peer == null ? null : () -> seconds(peer.ask(request)));
        return List.of(
            new Figure(
                "first cut, the dictionary's loading included", medians, "s", Goal.of("<= 1 s")));
      }
    }
  }

  private record ChineseRouge() implements Part {
    @Override
    public String name() {
      return "rouge";
    }

    @Override
    public List<Figure> measure(Bench bench) throws IOException {
      List<Pair> pairs = pairs(bench);
      Path file = Files.createTempFile("pairs", ".jsonl");
      Map<String, String> request = Map.of("do", "rouge", "pairs", file.toString());
      double[] f1 = new double[3];
      try (Worker peer = bench.peer(BENCHMARK)) {
        write(pairs, file);
        Medians medians =
            Medians.alternating(
                ROUNDS,
                () -> secondsOf(() -> score(pairs, f1)),
                peer == null ? null : () -> agreed(peer.ask(request), f1));
        return List.of(
            new Figure("ROUGE-1, -2, -L of 10,000 Chinese pairs", medians, "s", Goal.of("<= 5 s")));
      } finally {
        Files.delete(file);
      }
    }
  }

  /** Two lines of the recipe against one of them and another, some 180 characters each. */
  private static List<Pair> pairs(Bench bench) throws IOException {
    Path recipe = bench.home().resolve("recipes/legal-qa/legal-qa.csv");
    // The recipe holds some bytes that are no UTF-8 on purpose.
    List<String> lines = new String(Files.readAllBytes(recipe), UTF_8).lines().toList();
    Random random = new Random(1);
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < PAIRS; i++) {
      String shared = lines.get(random.nextInt(lines.size()));
      pairs.add(
          new Pair(
              lines.get(random.nextInt(lines.size())) + shared,
              shared + lines.get(random.nextInt(lines.size()))));
    }
    return pairs;
  }

  private static void write(List<Pair> pairs, Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Pair pair : pairs) {
      lines.add(JSON.writeValueAsString(List.of(pair.answer(), pair.reference())));
    }
    Files.write(file, lines);
  }

  /** Sets {@code f1} to the means of ROUGE-1, -2 and -L. */
  private static void score(List<Pair> pairs, double[] f1) {
    double[] sums = new double[f1.length];
    for (Pair pair : pairs) {
      RougeScores scores =
          Rouge.CHINESE.scoreOrZero(Jieba.cut(pair.answer()), Jieba.cut(pair.reference()));
      sums[0] += scores.rouge1().f1();
      sums[1] += scores.rouge2().f1();
      sums[2] += scores.rougeL().f1();
    }
    for (int i = 0; i < f1.length; i++) {
      f1[i] = sums[i] / pairs.size();
    }
  }

  private static double secondsOf(Runnable work) {
    long begin = System.nanoTime();
    work.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  private static double seconds(JsonNode answer) {
    return answer.get("seconds").doubleValue();
  }

  private static double agreed(JsonNode answer, double[] f1) {
    for (int i = 0; i < f1.length; i++) {
      double expected = answer.get("mean_f1").get(i).doubleValue();
      if (Math.abs(f1[i] - expected) > AGREEMENT * expected) {
        throw Problem.ours(
            "PEER_DISAGREES", "ours scores " + f1[i] + ", the peer " + expected, null);
      }
    }
    return seconds(answer);
  }
}
