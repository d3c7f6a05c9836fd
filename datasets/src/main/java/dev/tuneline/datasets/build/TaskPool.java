package dev.tuneline.datasets.build;

import dev.tuneline.metrics.jieba.Jieba;
import dev.tuneline.metrics.rouge.Rouge;
import dev.tuneline.metrics.rouge.RougeL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Tasks that no new one may resemble: the seeds, then what was kept. Snapshots do not change; the
 * pool itself is for one thread.
 */
final class TaskPool {
  /** The most tasks that a pool may be asked for. */
  static final int MAX_TASKS = 100_000;

  /** What ROUGE-L is measured over. */
  enum Measure {
    /** jieba's words. */
    WORDS,
    CHARACTERS
  }

  /** A task, cut for the measure. */
  record Task(String text, List<String> words) {
    Task {
      words = List.copyOf(words);
    }

    String oneLine() {
      return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }
  }

  private final Measure measure;
  private final List<Task> tasks = new ArrayList<>();
  private final int seeds;

  TaskPool(List<String> seeds, Measure measure) {
    this.measure = measure;
    this.seeds = seeds.size();
    seeds.forEach(seed -> tasks.add(task(seed, measure)));
  }

  static Task task(String text, Measure measure) {
    return new Task(text, measure == Measure.WORDS ? Jieba.cut(text) : List.of());
  }

  void add(String text) {
    tasks.add(task(text, measure));
  }

  /** All tasks as they are now, the seeds first. */
  List<Task> snapshot() {
    return List.copyOf(tasks);
  }

  /** Whether ROUGE-L's F1 of a task and some task of the pool reaches the bound. */
  boolean resembles(String text, double bound) {
    return resembles(text, tasks, measure, bound);
  }

  /** As {@link #resembles(String, double)}, of a snapshot. */
  static boolean resembles(String text, List<Task> tasks, Measure measure, double bound) {
    Task task = task(text, measure);
    return tasks.stream().anyMatch(other -> rougeL(task, other, measure) >= bound);
  }

  private static double rougeL(Task task, Task other, Measure measure) {
    return switch (measure) {
      case WORDS -> Rouge.CHINESE.scoreOrZero(task.words(), other.words()).rougeL().f1();
      case CHARACTERS -> RougeL.overCharacters(task.text(), other.text()).f1();
    };
  }

  /** Tasks to be shown, drawn from a snapshot: so many seeds, so many others, in any order. */
  List<Task> shots(List<Task> snapshot, int ofSeeds, int ofOthers, Random random) {
    List<Task> others = drawn(snapshot.subList(seeds, snapshot.size()), ofOthers, random);
    List<Task> shots =
        drawn(snapshot.subList(0, seeds), ofSeeds + ofOthers - others.size(), random);
    shots.addAll(others);
    Collections.shuffle(shots, random);
    return shots;
  }

  private static List<Task> drawn(List<Task> tasks, int count, Random random) {
    List<Task> drawn = new ArrayList<>();
    int needed = Math.min(count, tasks.size());
    for (int i = 0; i < tasks.size() && needed > 0; i++) {
      if (random.nextInt(tasks.size() - i) < needed) {
        drawn.add(tasks.get(i));
        needed--;
      }
    }
    return drawn;
  }
}
