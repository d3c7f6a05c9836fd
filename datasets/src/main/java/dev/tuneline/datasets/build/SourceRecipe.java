package dev.tuneline.datasets.build;

import dev.tuneline.platform.examples.layout.Layout;
import dev.tuneline.platform.examples.layout.Layouts;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One source of a recipe: where its rows come from and what is made of each, in the order of these
 * fields.
 *
 * @param name what it is called in the output
 * @param layout which messages a row makes, or null to tell it by the columns
 * @param variants which of the layout's wordings a row takes
 * @param system a system turn for conversations that have none; empty for none
 * @param weight how often each of its examples is taken, or its share of a given total
 */
record SourceRecipe(
    String name,
    Origin origin,
    @Nullable LookupTable lookup,
    @Nullable BestAnswer best,
    @Nullable Layout layout,
    Variants variants,
    Dialogues.@Nullable Settings dialogue,
    Turning turning,
    Rewriting rewriting,
    String system,
    ExampleRules rules,
    double weight) {
  private static final double MAX_WEIGHT = 1_000;
  private static final List<String> ORIGINS = List.of("file", "fill", "self_instruct");

  /** Where rows come from. */
  sealed interface Origin {
    /** What the rows' place is called. */
    String file();

    /** A file. */
    record FromFile(TableInput input) implements Origin {
      @Override
      public String file() {
        return input.name();
      }
    }

    /**
     * Lists.
     *
     * @param file what the recipe's lists are called
     */
    record FromLists(Filling filling, String file) implements Origin {}

    /**
     * A model.
     *
     * @param file what the tasks of the recipe's model are called
     */
    record FromModel(SelfInstruct settings, String file) implements Origin {}
  }

  /** Which of a layout's wordings a row takes. */
  enum Variants {
    /** What the layout says. */
    USUAL,
    /** The usual wording. */
    FIRST,
    /** One, by a hash of the row's cells. */
    ONE,
    /** All that the row has cells for. */
    ALL
  }

  static SourceRecipe of(RecipeYaml yaml, Path recipe, @Nullable String gateway) {
    Path folder = folder(recipe);
    Origin origin = origin(yaml, recipe, folder, gateway);
    RecipeYaml lookup = yaml.section("lookup");
    RecipeYaml best = yaml.section("best");
    SourceRecipe source =
        new SourceRecipe(
            yaml.text("name", origin.file()),
            origin,
            lookup == null ? null : LookupTable.of(lookup, folder),
            best == null ? null : BestAnswer.of(best),
            layout(yaml),
            yaml.choice("variants", Variants.USUAL),
            Dialogues.Settings.of(yaml.section("dialogue")),
            Turning.of(yaml.section("turns")),
            Rewriting.of(yaml.section("instructions")),
            yaml.text("system", ""),
            ExampleRules.of(yaml.section("keep")),
            yaml.decimal("weight", 1, 0, MAX_WEIGHT));
    if (source.layout == null && origin instanceof Origin.FromLists) {
      throw yaml.invalid("layout", "rows of lists need a layout")
          .mend("write layout: {prompt: [\"...{city}...\"], reply: [\"...\"]}");
    }
    yaml.done();
    return source;
  }

  /** The folder that files are named from. */
  static Path folder(Path recipe) {
    Path folder = recipe.toAbsolutePath().getParent();
    return folder == null ? Path.of("") : folder;
  }

  private static Origin origin(
      RecipeYaml yaml, Path recipe, Path folder, @Nullable String gateway) {
    List<String> given = ORIGINS.stream().filter(yaml::has).toList();
    if (given.size() != 1) {
      throw yaml.invalid(given.isEmpty() ? "file" : given.getLast(), "a source has one origin")
          .mend("write one of " + String.join(", ", ORIGINS));
    }
    String file = String.valueOf(recipe.getFileName());
    RecipeYaml fill = yaml.section("fill");
    if (fill != null) {
      return new Origin.FromLists(Filling.of(fill, folder), "lists of " + file);
    }
    RecipeYaml model = yaml.section("self_instruct");
    if (model != null) {
      return new Origin.FromModel(SelfInstruct.of(model, folder, gateway), "tasks of " + file);
    }
    return new Origin.FromFile(TableInput.of(yaml, folder));
  }

  /** The layout that a section names or describes, or null. */
  static @Nullable Layout layout(RecipeYaml yaml) {
    if (!yaml.has("layout")) {
      return null;
    }
    return yaml.isSection("layout")
        ? Layouts.of(yaml.plain("layout"), yaml.file()).forColumns(Set.of())
        : Layouts.named(yaml.required("layout"));
  }
}
