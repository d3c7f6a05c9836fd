package dev.tuneline.platform.examples.cleaning;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.yaml.YamlMessage;
import dev.tuneline.proto.v1.Cleaning;
import java.io.StringReader;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;

/** A cleaning as YAML: the keys of {@code Cleaning}, or a recipe with {@code dataset.cleaning}. */
public final class CleaningFile {
  private CleaningFile() {}

  /**
   * The cleaning that a text describes.
   *
   * @param file the text's name, for messages
   * @throws Problem INVALID_YAML, UNKNOWN_FIELD or INVALID_VALUE, at the line and the field
   */
  public static Cleaning parse(String text, String file) {
    Node root;
    try {
      root = new Yaml(new LoaderOptions()).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      throw Problem.caller("INVALID_YAML", String.valueOf(e.getProblem())).at(Problem.FILE, file);
    }
    if (root == null) {
      throw Problem.caller("INVALID_YAML", "the file is empty").at(Problem.FILE, file);
    }
    YamlMessage yaml = new YamlMessage(file);
    Cleaning.Builder cleaning = Cleaning.newBuilder();
    Node dataset = value(yaml, root, "dataset");
    if (dataset == null) {
      yaml.read(root, "", cleaning);
      return cleaning.build();
    }
    Node own = value(yaml, dataset, "cleaning");
    if (own == null) {
      throw yaml.problem(
          "MISSING_FIELD", "the recipe has no cleaning", dataset, "dataset.cleaning");
    }
    yaml.read(own, "dataset.cleaning", cleaning);
    return cleaning.build();
  }

  private static @Nullable Node value(YamlMessage yaml, Node mapping, String key) {
    for (NodeTuple entry : yaml.mapping(mapping, "").getValue()) {
      if (yaml.scalar(entry.getKeyNode(), "").equals(key)) {
        return entry.getValueNode();
      }
    }
    return null;
  }
}
