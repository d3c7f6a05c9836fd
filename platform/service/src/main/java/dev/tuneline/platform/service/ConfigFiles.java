package dev.tuneline.platform.service;

import dev.tuneline.errors.Problem;
import io.micronaut.context.env.PropertySource;
import io.micronaut.context.env.yaml.YamlPropertySourceLoader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads YAML files as property sources. */
final class ConfigFiles {
  private ConfigFiles() {}

  static PropertySource fromClasspath(String file, int order) {
    try (InputStream in =
        Thread.currentThread().getContextClassLoader().getResourceAsStream(file)) {
      if (in == null) {
        throw new FileNotFoundException("classpath:" + file);
      }
      return read(file, in, order);
    } catch (IOException e) {
      throw unreadable("classpath:" + file, e);
    }
  }

  static PropertySource fromFile(Path file, int order) {
    try (InputStream in = Files.newInputStream(file)) {
      return read(file.toString(), in, order);
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  private static PropertySource read(String name, InputStream in, int order) throws IOException {
    try {
      return PropertySource.of(name, new YamlPropertySourceLoader().read(name, in), order);
    } catch (YAMLException e) {
      throw unreadable(name, e);
    }
  }

  private static Problem unreadable(String file, Exception cause) {
    return Problem.caller("BAD_CONFIG_FILE", "cannot read the configuration: " + cause.getMessage())
        .at(Problem.FILE, file)
        .mend("give a readable YAML file")
        .causedBy(cause);
  }
}
