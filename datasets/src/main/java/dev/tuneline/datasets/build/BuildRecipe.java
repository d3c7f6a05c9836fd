package dev.tuneline.datasets.build;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a dataset is built of.
 *
 * @param file where it is written
 * @param seed of everything that is drawn
 * @param examples how many are taken of all sources by their weights, or 0: each source's examples
 *     times its weight
 * @param order how sources follow each other in the output
 * @param dropDuplicates whether of equal examples the first alone is kept
 */
record BuildRecipe(
    Path file,
    long seed,
    List<SourceRecipe> sources,
    long examples,
    Order order,
    boolean dropDuplicates) {
  /** How sources follow each other. */
  enum Order {
    /** One after the other. */
    SOURCES,
    /** In turns drawn by how much is left of each; a source's examples stay in their order. */
    INTERLEAVED
  }

  private enum Duplicates {
    DROP,
    KEEP
  }

  /**
   * Reads a recipe and the lists that it names.
   *
   * @param gateway the gateway to ask whatever the recipe says, or null
   * @throws dev.tuneline.errors.Problem with the file, the line and the field that is wrong
   */
  static BuildRecipe read(Path file, @Nullable String gateway) {
    RecipeYaml yaml = RecipeYaml.read(file);
    long seed = yaml.number("seed", 0, Long.MIN_VALUE, Long.MAX_VALUE);
    long examples = yaml.number("examples", 0, 1, 100_000_000);
    Order order = yaml.choice("order", Order.SOURCES);
    Duplicates duplicates = yaml.choice("duplicates", Duplicates.DROP);
    List<SourceRecipe> sources = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (RecipeYaml section : yaml.sections("sources")) {
      SourceRecipe source = SourceRecipe.of(section, file, gateway);
      if (!names.add(source.name())) {
        throw section
            .invalid("name", "two sources are called '" + source.name() + "'")
            .mend("give each a name of its own");
      }
      sources.add(source);
    }
    yaml.done();
    if (sources.isEmpty()) {
      throw yaml.invalid("sources", "there are no sources").mend("write sources: [{file: ...}]");
    }
    return new BuildRecipe(file, seed, sources, examples, order, duplicates == Duplicates.DROP);
  }
}
