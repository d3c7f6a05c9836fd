package dev.tuneline.platform.service;

import dev.tuneline.errors.Problem;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.ApplicationContextBuilder;
import io.micronaut.context.env.EnvironmentPropertySource;
import io.micronaut.context.env.PropertySource;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Starts a service process, or several services in one process.
 *
 * <p>The configuration is, later ones winning: {@code classpath:tuneline.yml} (what all services
 * share), {@code classpath:<name>.yml} of the process and of each hosted service, {@link #with}, a
 * {@code --config FILE}, environment variables, and options ({@link CommandLine}). A service's
 * beans live in packages that are switched on by {@code tuneline.services.<name>}:
 *
 * <pre>{@code
 * @Configuration
 * @Requires(property = "tuneline.services.ingest", value = "true")
 * package dev.tuneline.ingest;
 * }</pre>
 */
public final class Service {
  // Before environment variables and system properties, which therefore win.
  private static final int SHARED_ORDER = EnvironmentPropertySource.POSITION - 1_000;

  private final String name;
  private final List<String> hosted;
  private final Map<String, Object> given;

  private Service(String name, List<String> hosted, Map<String, Object> given) {
    this.name = name;
    this.hosted = List.copyOf(hosted);
    this.given = Map.copyOf(given);
  }

  /** A process of one service, whose settings are in {@code classpath:<name>.yml}. */
  public static Service named(String name) {
    return new Service(name, List.of(name), Map.of());
  }

  /** This process with other services in it than the one it is named after. */
  public Service hosting(String... services) {
    return new Service(name, List.of(services), given);
  }

  /** This service with one more configuration value, e.g. the address of an embedded server. */
  public Service with(String key, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(given);
    more.put(key, value);
    return new Service(name, hosted, more);
  }

  /**
   * The whole life of a process that is one service: starts it, says so in one line, and returns
   * when it was told to end. A failed start is said in one line, and ends the JVM with code 1.
   */
  @SuppressWarnings("SystemExitOutsideMain") // this is the body of each service's main
  public static void run(Class<?> main, String name, String... args) {
    System.exit(named(name).runUntilEnd(main, args, System.out, System.err));
  }

  /**
   * Starts, announces and waits for the end of the process (SIGTERM or SIGINT).
   *
   * @return the process's exit code, 1 if the start failed
   */
  public int runUntilEnd(Class<?> main, String[] args, PrintStream out, PrintStream err) {
    RunningService running;
    try {
      running = start(main, args);
    } catch (RuntimeException e) {
      err.println(name + " did not start: " + StartFailure.problemOf(e).describe());
      return 1;
    }
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  running.close();
                  ended.countDown();
                },
                name + "-end"));
    out.println(running.announcement());
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  /**
   * Starts the process's beans, then its HTTP and gRPC servers, and returns when they answer.
   *
   * @throws Problem if the configuration is wrong or something is not reachable; nothing is left
   *     running then
   */
  public RunningService start(String... args) {
    try {
      return start(Service.class, args);
    } catch (RuntimeException e) {
      throw StartFailure.problemOf(e);
    }
  }

  private RunningService start(Class<?> main, String[] args) {
    long begin = System.nanoTime();
    ApplicationContext context = builder(main, CommandLine.parse(args)).build();
    try {
      context.start();
      EmbeddedServer server = context.getBean(EmbeddedServer.class);
      server.start();
      return new RunningService(name, context, server, (System.nanoTime() - begin) / 1_000_000);
    } catch (RuntimeException | Error e) {
      context.close();
      throw e;
    }
  }

  private ApplicationContextBuilder builder(Class<?> main, CommandLine options) {
    ApplicationContextBuilder builder =
        ApplicationContext.builder()
            .mainClass(main)
            // A wrong value fails the start, not the first request that needs it.
            .eagerInitConfiguration(true)
            .deduceEnvironment(false)
            .deduceCloudEnvironment(false)
            .bootstrapEnvironment(false)
            .banner(false);
    int order = SHARED_ORDER;
    builder.propertySources(ConfigFiles.fromClasspath("tuneline.yml", order++));
    if (!hosted.contains(name)) {
      builder.propertySources(ConfigFiles.fromClasspath(name + ".yml", order++));
    }
    for (String service : hosted) {
      builder.propertySources(ConfigFiles.fromClasspath(service + ".yml", order++));
    }
    Map<String, Object> fixed = new LinkedHashMap<>(given);
    fixed.put("micronaut.application.name", name);
    hosted.forEach(service -> fixed.put("tuneline.services." + service, true));
    builder.propertySources(PropertySource.of("given by " + name, fixed, order++));
    if (options.configFile() != null) {
      builder.propertySources(ConfigFiles.fromFile(options.configFile(), order));
    }
    return builder.propertySources(options.asPropertySource());
  }
}
