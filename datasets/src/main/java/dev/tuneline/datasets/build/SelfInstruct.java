package dev.tuneline.datasets.build;

import dev.tuneline.datasets.build.TaskPool.Task;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.Example.Message;
import dev.tuneline.platform.examples.layout.Layout;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.examples.layout.Reading;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How new tasks are made by a model from seed tasks (Wang and others 2023, "Self-Instruct"): it is
 * shown some tasks and asked for more, what it writes is filtered, and it answers what is left.
 *
 * @param model a base model, a deployment or a fine-tuned model that the gateway serves
 * @param answerModel who answers the tasks
 * @param gateway {@code host:port} of an inference-gateway or an all-in-one
 * @param seeds the seed tasks
 * @param seedShots how many seed tasks are shown
 * @param poolShots how many tasks of the pool's own are shown; seeds until there are so many
 * @param taskPrompt asks for tasks; {@code {tasks}} is those that are shown, {@code {next}} the
 *     next one's number
 * @param answerPrompt asks for an answer; {@code {task}} is the task
 * @param sampling how tasks are drawn
 * @param answerSampling how answers are drawn
 * @param maxRougeL tasks that are as close as this, or closer, to one of the pool are dropped
 * @param measure what ROUGE-L is measured over
 * @param rules which tasks and answers are kept
 * @param tasksPerRequest the most tasks that are taken of one reply
 * @param concurrency how many requests are under way at once
 * @param examples how many are wanted
 * @param maxRequests after so many requests for tasks it ends with what there is
 */
record SelfInstruct(
    String model,
    String answerModel,
    String gateway,
    List<String> seeds,
    int seedShots,
    int poolShots,
    String taskPrompt,
    String answerPrompt,
    Asking.Sampling sampling,
    Asking.Sampling answerSampling,
    double maxRougeL,
    TaskPool.Measure measure,
    ExampleRules rules,
    int tasksPerRequest,
    int concurrency,
    long examples,
    long maxRequests) {
  private static final String TASK_PROMPT = "下面是一些任务：\n{tasks}\n请再写几个不同的任务，每行一个。";
  private static final int MAX_SEEDS = 10_000;

  SelfInstruct {
    seeds = List.copyOf(seeds);
  }

  static SelfInstruct of(RecipeYaml yaml, Path folder, @Nullable String gateway) {
    String model = yaml.required("model");
    String named = yaml.text("gateway", "127.0.0.1:9090");
    RecipeYaml seeds = yaml.section("seeds");
    if (seeds == null) {
      throw yaml.invalid("seeds", "there are no seed tasks").mend("write seeds: {file: ...}");
    }
    Asking.Sampling sampling = Asking.Sampling.of(yaml.section("sampling"), 1.0);
    long examples = yaml.number("examples", 100, 1, TaskPool.MAX_TASKS);
    SelfInstruct settings =
        new SelfInstruct(
            model,
            yaml.text("answer_model", model),
            gateway == null ? named : gateway,
            seeds(seeds, folder),
            (int) yaml.number("seed_shots", 6, 1, 100),
            (int) yaml.number("pool_shots", 2, 0, 100),
            template(yaml, "task_prompt", TASK_PROMPT, "{tasks}"),
            template(yaml, "answer_prompt", "{task}", "{task}"),
            sampling,
            Asking.Sampling.of(yaml.section("answer_sampling"), 0.7),
            yaml.decimal("max_rouge_l", 0.7, 0, 1),
            yaml.choice("rouge_over", TaskPool.Measure.WORDS),
            ExampleRules.of(yaml.section("keep")),
            (int) yaml.number("tasks_per_request", 8, 1, 100),
            (int) yaml.number("concurrency", 4, 1, 64),
            examples,
            yaml.number("max_requests", 10 * examples, 1, 10_000_000));
    yaml.done();
    return settings;
  }

  private static String template(RecipeYaml yaml, String key, String otherwise, String place) {
    String template = yaml.text(key, otherwise);
    if (!template.contains(place)) {
      throw yaml.invalid(key, "there is no place " + place);
    }
    return template;
  }

  /** What the seeds ask, without repetitions. */
  private static List<String> seeds(RecipeYaml yaml, Path folder) {
    TableInput input = TableInput.of(yaml, folder);
    Layout layout = SourceRecipe.layout(yaml);
    yaml.done();
    List<String> seeds = new ArrayList<>();
    try (TableReader table = input.read()) {
      for (TableRecord record = table.next(); record != null; record = table.next()) {
        String task = record instanceof TableRecord.Row row ? task(row, layout) : null;
        if (task == null) {
          throw yaml.invalid("file", "line " + record.line() + " is no seed task")
              .at(Problem.FILE, input.name())
              .at(Problem.LINE, record.line());
        }
        if (!seeds.contains(task)) {
          seeds.add(task);
        }
        if (seeds.size() > MAX_SEEDS) {
          throw yaml.invalid("file", "there are more than " + MAX_SEEDS + " seed tasks");
        }
      }
    }
    if (seeds.isEmpty()) {
      throw yaml.invalid("file", "there are no seed tasks");
    }
    return seeds;
  }

  private static @Nullable String task(TableRecord.Row row, @Nullable Layout given) {
    Layout layout = given == null ? Layouts.recognised().forColumns(row.cells().keySet()) : given;
    if (layout.read(row.cells()) instanceof Reading.Kept kept && kept.messages().size() > 1) {
      List<Message> messages = kept.messages();
      return messages.get(messages.size() - 2).content();
    }
    return null;
  }

  /** What decides how a pool grows; a pool made by other settings cannot go on with these. */
  String identity(long seed) {
    return Hashes.sha256(
        List.of(
                seed,
                model,
                answerModel,
                seeds,
                seedShots,
                poolShots,
                taskPrompt,
                answerPrompt,
                sampling,
                answerSampling,
                maxRougeL,
                measure,
                rules,
                tasksPerRequest,
                concurrency)
            .toString());
  }

  /** The prompt that shows these tasks. */
  String taskPrompt(List<Task> shown) {
    StringBuilder tasks = new StringBuilder();
    for (int i = 0; i < shown.size(); i++) {
      tasks.append(i == 0 ? "" : "\n").append(i + 1).append(". ").append(shown.get(i).oneLine());
    }
    return taskPrompt.replace("{next}", String.valueOf(shown.size() + 1)).replace("{tasks}", tasks);
  }
}
