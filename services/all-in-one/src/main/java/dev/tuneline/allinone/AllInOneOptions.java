package dev.tuneline.allinone;

import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What the process was started with; of an option given twice the last counts.
 *
 * @param data the data folder
 * @param httpPort 0 takes a free one
 * @param grpcPort 0 takes a free one
 * @param parent the process whose end is this one's end too
 * @param rest options for the services
 */
record AllInOneOptions(
    Path data, int httpPort, int grpcPort, OptionalLong parent, List<String> rest) {
  private static final int HTTP_PORT = 8080;
  private static final int GRPC_PORT = 9090;
  private static final int MAX_PORT = 65_535;

  AllInOneOptions {
    data = data.toAbsolutePath().normalize();
    rest = List.copyOf(rest);
  }

  /** Reads {@code --data}, {@code --http-port}, {@code --grpc-port} and {@code --parent}. */
  static AllInOneOptions parse(String... args) {
    Path data = Path.of("data");
    int httpPort = HTTP_PORT;
    int grpcPort = GRPC_PORT;
    OptionalLong parent = OptionalLong.empty();
    List<String> rest = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      int equals = args[i].indexOf('=');
      String option = equals < 0 ? args[i] : args[i].substring(0, equals);
      boolean ours =
          switch (option) {
            case "--data", "--http-port", "--grpc-port", "--parent" -> true;
            default -> false;
          };
      if (!ours) {
        rest.add(args[i]);
        continue;
      }
      if (equals < 0 && i + 1 == args.length) {
        throw Problem.caller("MISSING_OPTION_VALUE", "option " + option + " needs a value")
            .at(Problem.FIELD, option)
            .mend("give it as " + option + " VALUE");
      }
      String value = equals < 0 ? args[++i] : args[i].substring(equals + 1);
      switch (option) {
        case "--data" -> data = Path.of(value);
        case "--http-port" -> httpPort = port(option, value);
        case "--grpc-port" -> grpcPort = port(option, value);
        default -> parent = OptionalLong.of(number(option, value, Long.MAX_VALUE));
      }
    }
    return new AllInOneOptions(data, httpPort, grpcPort, parent, rest);
  }

  private static int port(String option, String value) {
    return Math.toIntExact(number(option, value, MAX_PORT));
  }

  private static long number(String option, String value, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below, as any other value that does not fit
    }
    throw Problem.caller("INVALID_VALUE", "'" + value + "' is not a value of " + option)
        .at(Problem.FIELD, option)
        .mend("use a whole number from 0 to " + most);
  }
}
