package dev.tuneline.platform.service;

import dev.tuneline.errors.Problem;
import io.micronaut.context.env.CommandLinePropertySource;
import io.micronaut.context.env.PropertySource;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A service's options: {@code --http-port N}, {@code --grpc-port N} (0 takes a free port), {@code
 * --data DIR}, {@code --config FILE} (YAML), and {@code --any.key=value} for any configuration key.
 */
record CommandLine(Map<String, Object> values, @Nullable Path configFile) {
  private static final Map<String, String> KEYS =
      Map.of(
          "http-port", "tuneline.http.port",
          "grpc-port", "tuneline.grpc.port",
          "data", "tuneline.data");

  // After environment variables, as every option should.
  private static final int ORDER = CommandLinePropertySource.POSITION;

  CommandLine {
    values = Map.copyOf(values);
  }

  static CommandLine parse(String... args) {
    Map<String, Object> values = new LinkedHashMap<>();
    Path configFile = null;
    for (int i = 0; i < args.length; i++) {
      if (!args[i].startsWith("--")) {
        throw unknown(args[i]);
      }
      int equals = args[i].indexOf('=');
      String option = args[i].substring(2, equals < 0 ? args[i].length() : equals);
      String key = KEYS.getOrDefault(option, option.contains(".") ? option : "");
      if (key.isEmpty() && !option.equals("config")) {
        throw unknown("--" + option);
      }
      if (equals < 0 && i + 1 == args.length) {
        throw Problem.caller("MISSING_OPTION_VALUE", "option --" + option + " needs a value")
            .at(Problem.FIELD, option)
            .mend("give it as --" + option + " VALUE");
      }
      String value = equals < 0 ? args[++i] : args[i].substring(equals + 1);
      if (option.equals("config")) {
        configFile = Path.of(value);
      } else {
        values.put(key, value);
      }
    }
    return new CommandLine(values, configFile);
  }

  PropertySource asPropertySource() {
    return PropertySource.of("command line", values, ORDER);
  }

  private static Problem unknown(String what) {
    return Problem.caller("UNKNOWN_OPTION", "there is no option " + what)
        .at(Problem.FIELD, what)
        .mend("use --http-port N, --grpc-port N, --data DIR, --config FILE or --some.key=value");
  }
}
