package dev.tuneline.cli;

import static dev.tuneline.errors.Problem.FILE;
import static dev.tuneline.errors.Problem.LINE;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.yaml.YamlMessage;
import dev.tuneline.proto.v1.Cleaning;
import dev.tuneline.proto.v1.Growth;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.RowMapping;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;

/**
 * A job and its data as a folder keeps them: {@code job.yaml} and the files it names.
 *
 * <p>{@code job.yaml} has a {@code dataset} (its {@code file}, {@code name}, {@code mapping},
 * {@code cleaning} and {@code growth}), a {@code job}, whose keys are those of {@code JobSpec}, and
 * a {@code sample_question} that shows what tuning changed.
 *
 * @param file the data file
 * @param datasetName what the dataset is called; empty takes the file's name
 * @param mapping which columns hold what
 * @param cleaning what is done to the examples
 * @param growth how the dataset grows by itself
 * @param spec the job, without its dataset
 * @param question the sample question; empty when there is none
 */
record Recipe(
    Path file,
    String datasetName,
    RowMapping mapping,
    Cleaning cleaning,
    Growth growth,
    JobSpec spec,
    String question) {
  private static final String JOB_FILE = "job.yaml";

  /**
   * Reads a recipe.
   *
   * @param path its folder, or its {@code job.yaml}
   */
  static Recipe read(Path path) {
    Path file = Files.isDirectory(path) ? path.resolve(JOB_FILE) : path;
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw Problem.caller("FILE_NOT_FOUND", "there is no recipe here")
          .at(FILE, file)
          .mend("name a folder that holds a " + JOB_FILE);
    } catch (IOException e) {
      throw Problem.caller("FILE_UNREADABLE", "the recipe cannot be read: " + e.getMessage())
          .at(FILE, file);
    }
    return parse(new StringReader(text), file);
  }

  private static Recipe parse(Reader text, Path file) {
    Node root;
    try {
      root = new Yaml(new LoaderOptions()).compose(text);
    } catch (MarkedYAMLException e) {
      Problem problem =
          Problem.caller("INVALID_YAML", String.valueOf(e.getProblem())).at(FILE, file);
      throw e.getProblemMark() == null
          ? problem
          : problem.at(LINE, e.getProblemMark().getLine() + 1);
    }
    if (root == null) {
      throw Problem.caller("INVALID_YAML", "the recipe is empty").at(FILE, file);
    }
    YamlMessage yaml = new YamlMessage(file.toString());
    JobSpec.Builder spec = JobSpec.newBuilder();
    Node dataset = null;
    String question = "";
    for (NodeTuple entry : yaml.mapping(root, "").getValue()) {
      Node value = entry.getValueNode();
      String key = yaml.scalar(entry.getKeyNode(), "");
      switch (key) {
        case "dataset" -> dataset = value;
        case "job" -> yaml.read(value, "job", spec);
        case "sample_question" -> question = yaml.scalar(value, key);
        default ->
            throw yaml.problem(
                    "UNKNOWN_FIELD", "unknown key '" + key + "'", entry.getKeyNode(), key)
                .mend("use one of dataset, job, sample_question");
      }
    }
    if (dataset == null) {
      throw yaml.problem("MISSING_FIELD", "the recipe names no data", root, "dataset")
          .mend("add dataset: {file: rows.csv}");
    }
    return withDataset(yaml, dataset, file, spec.build(), question);
  }

  private static Recipe withDataset(
      YamlMessage yaml, Node dataset, Path recipe, JobSpec spec, String question) {
    String data = "";
    String name = "";
    RowMapping.Builder mapping = RowMapping.newBuilder();
    Cleaning.Builder cleaning = Cleaning.newBuilder();
    Growth.Builder growth = Growth.newBuilder();
    for (NodeTuple entry : yaml.mapping(dataset, "dataset").getValue()) {
      Node value = entry.getValueNode();
      String key = yaml.scalar(entry.getKeyNode(), "dataset");
      switch (key) {
        case "file" -> data = yaml.scalar(value, "dataset.file");
        case "name" -> name = yaml.scalar(value, "dataset.name");
        case "mapping" -> yaml.read(value, "dataset.mapping", mapping);
        case "cleaning" -> yaml.read(value, "dataset.cleaning", cleaning);
        case "growth" -> yaml.read(value, "dataset.growth", growth);
        default ->
            throw yaml.problem(
                    "UNKNOWN_FIELD", "unknown key '" + key + "'", entry.getKeyNode(), "dataset")
                .mend("use one of file, name, mapping, cleaning, growth");
      }
    }
    if (data.isEmpty()) {
      throw yaml.problem("MISSING_FIELD", "the recipe names no data file", dataset, "dataset.file")
          .mend("add file: rows.csv");
    }
    Path folder = recipe.toAbsolutePath().getParent();
    Path file = folder == null ? Path.of(data) : folder.resolve(data);
    return new Recipe(
        file, name, mapping.build(), cleaning.build(), growth.build(), spec, question);
  }
}
