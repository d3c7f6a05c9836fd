package dev.tuneline.datasets.build;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.TableFile;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableReader;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that a recipe names.
 *
 * @param name as the recipe names it
 */
record TableInput(String name, Path path, TableFile.Overrides overrides) {
  /**
   * Reads {@code file}, {@code charset} and {@code delimiter}; the file is the recipe's neighbour.
   */
  static TableInput of(RecipeYaml yaml, Path folder) {
    String name = yaml.required("file");
    Path path = folder.resolve(name);
    if (!Files.isRegularFile(path)) {
      throw Problem.caller("FILE_NOT_FOUND", "there is no file " + name)
          .at(Problem.FILE, path)
          .at(Problem.FIELD, "file")
          .mend("name it as seen from the recipe's folder");
    }
    String delimiter = yaml.text("delimiter");
    if (delimiter != null && delimiter.length() != 1) {
      throw yaml.invalid("delimiter", "one character is expected");
    }
    return new TableInput(
        name,
        path,
        new TableFile.Overrides(charset(yaml), delimiter == null ? null : delimiter.charAt(0)));
  }

  private static @Nullable Charset charset(RecipeYaml yaml) {
    String charset = yaml.text("charset");
    try {
      return charset == null ? null : Charset.forName(charset);
    } catch (IllegalArgumentException e) {
      throw yaml.invalid("charset", "there is no character set '" + charset + "'").causedBy(e);
    }
  }

  /**
   * @throws Problem when it is no table
   */
  TableReader read() {
    return TableFile.detect(name, path, TableLimits.DEFAULT, overrides).read();
  }
}
