package dev.tuneline.platform.service;

import dev.tuneline.errors.Problem;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.annotation.ConfigurationReader;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Property;
import io.micronaut.context.env.EnvironmentPropertySource;
import io.micronaut.context.env.PropertySource;
import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.core.type.Argument;
import io.micronaut.inject.BeanDefinition;
import jakarta.annotation.PostConstruct;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fails the start when a key under {@code tuneline.} is one that no settings record has.
 *
 * <p>Keys of services that do not run in this process may stand in a shared file. Environment
 * variables are only warned about: platforms such as Kubernetes add some of their own.
 */
@Context
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ConfigKeys {
  private static final Logger log = LoggerFactory.getLogger(ConfigKeys.class);
  private static final String PREFIX = "tuneline.";
  private static final String SWITCHES = "tuneline.services.";

  // System properties of a test run, such as tuneline.test.servers, configure no service.
  private static final String TESTS = "tuneline.test.";

  private static final Set<String> SERVICES =
      Set.of("ingest", "preprocess", "trainer", "evaluator", "inference-gateway");

  private final ApplicationContext context;

  ConfigKeys(ApplicationContext context) {
    this.context = context;
  }

  @PostConstruct
  void check() {
    Set<String> known = known();
    Map<String, String> unknown = new TreeMap<>();
    for (PropertySource source : context.getEnvironment().getPropertySources()) {
      for (String key : source) {
        if (source instanceof EnvironmentPropertySource) {
          warnAboutVariable(key, known);
        } else if (key.startsWith(PREFIX) && !isKnown(key, known)) {
          unknown.put(key, source.getName());
        }
      }
    }
    unknown.forEach(
        (key, source) -> {
          throw Problem.caller("UNKNOWN_CONFIG_KEY", "there is no configuration key " + key)
              .at(Problem.FIELD, key)
              .at(Problem.FILE, source)
              .mend("remove it, or use one of: " + String.join(", ", near(key, known)));
        });
  }

  /** Every key that a settings record of an enabled service declares. */
  private Set<String> known() {
    Set<String> keys = new TreeSet<>();
    for (BeanDefinition<?> definition : context.getAllBeanDefinitions()) {
      if (definition.hasStereotype(ConfigurationReader.class)) {
        for (Argument<?> argument : definition.getConstructor().getArguments()) {
          argument
              .getAnnotationMetadata()
              .stringValue(Property.class, "name")
              .filter(key -> key.startsWith(PREFIX))
              .ifPresent(keys::add);
        }
      }
    }
    return keys;
  }

  private boolean isKnown(String key, Set<String> known) {
    if (key.startsWith(SWITCHES) || key.startsWith(TESTS)) {
      return true;
    }
    String section = key.substring(PREFIX.length()).split("[.\\[]", 2)[0];
    if (SERVICES.contains(section) && runsElsewhere(section)) {
      return true;
    }
    return known.stream().anyMatch(k -> matches(k, key));
  }

  /** A known key may name a list or a map, and have a {@code *} for each thing's name. */
  private static boolean matches(String known, String key) {
    String pattern = Pattern.quote(known).replace("*", "\\E[^.]+\\Q");
    return Pattern.matches(pattern + "([.\\[].*)?", key);
  }

  private static Set<String> near(String key, Set<String> known) {
    String section = key.substring(0, key.lastIndexOf('.') + 1);
    Set<String> near = new TreeSet<>(known);
    near.removeIf(k -> !k.startsWith(section));
    return near.isEmpty() ? known : near;
  }

  private void warnAboutVariable(String variable, Set<String> known) {
    if (variable.startsWith("TUNELINE_")
        && known.stream().map(ConfigKeys::variableOf).noneMatch(variable::equals)
        && SERVICES.stream()
            .filter(this::runsElsewhere)
            .map(service -> variableOf(PREFIX + service + "."))
            .noneMatch(variable::startsWith)) {
      log.warn("environment variable {} sets nothing", variable);
    }
  }

  private boolean runsElsewhere(String service) {
    return !context.getProperty(SWITCHES + service, Boolean.class).orElse(false);
  }

  private static String variableOf(String key) {
    return key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
