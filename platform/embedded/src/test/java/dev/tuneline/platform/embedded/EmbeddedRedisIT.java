package dev.tuneline.platform.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.embedded.EmbeddedRedis.Persistence;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRedisIT {
  @TempDir Path folder;

  /** Holds a Redis until it is killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws Exception {
      EmbeddedRedis redis = EmbeddedRedis.start(Path.of(args[0]), 0, Persistence.APPEND_ONLY_FILE);
      RedisClient.call(redis.port(), "SET k kept");
      Files.writeString(Path.of(args[1]), redis.pid() + "\n" + redis.port() + "\nstarted\n");
      Thread.currentThread().join();
    }
  }

  @Test
  void answersOnLoopbackOnlyAndEndsWithClose() throws Exception {
    long pid;
    try (EmbeddedRedis redis = EmbeddedRedis.start(folder, 0, Persistence.NONE)) {
      pid = redis.pid();
      assertThat(redis.uri()).isEqualTo("redis://127.0.0.1:" + redis.port());
      assertThat(RedisClient.call(redis.port(), "SET k v")).isEqualTo("+OK");
      assertThat(RedisClient.call(redis.port(), "CONFIG GET bind")).isEqualTo("*2");
      assertThat(Files.readString(folder.resolve("redis.conf"))).contains("bind 127.0.0.1\n");
    }
    assertThat(ProcessHandle.of(pid)).isEmpty();
  }

  @Test
  void keepsWhatItIsToldToKeep() throws Exception {
    for (Persistence persistence : Persistence.values()) {
      Path own = folder.resolve(persistence.name());
      try (EmbeddedRedis redis = EmbeddedRedis.start(own, 0, persistence)) {
        RedisClient.call(redis.port(), "SET k v");
      }
      try (EmbeddedRedis redis = EmbeddedRedis.start(own, 0, persistence)) {
        String expected =
            switch (persistence) {
              case NONE -> "$-1";
              case APPEND_ONLY_FILE -> "v";
            };
        assertThat(RedisClient.call(redis.port(), "GET k")).isEqualTo(expected);
      }
    }
  }

  @Test
  void aFolderHasOneOwner() {
    try (EmbeddedRedis redis = EmbeddedRedis.start(folder, 0, Persistence.NONE)) {
      Problem problem =
          catchThrowableOfType(
              Problem.class, () -> EmbeddedRedis.start(folder, 0, Persistence.NONE));
      assertThat(problem.reason()).isEqualTo("FOLDER_IN_USE");
      assertThat(ProcessHandle.of(redis.pid())).isPresent();
    }
  }

  @Test
  void aTakenPortIsTheCallersProblemAndFreesTheFolder() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      Problem problem =
          catchThrowableOfType(
              Problem.class,
              () -> EmbeddedRedis.start(folder, taken.getLocalPort(), Persistence.NONE));
      assertThat(problem.reason()).isEqualTo("PORT_IN_USE");
    }
    EmbeddedRedis.start(folder, 0, Persistence.NONE).close();
  }

  @Test
  void aPidFileOfSomethingElseHarmsNobody() throws Exception {
    Files.writeString(folder.resolve("redis.pid"), Long.toString(ProcessHandle.current().pid()));
    EmbeddedRedis.start(folder, 0, Persistence.NONE).close();
    Files.writeString(folder.resolve("redis.pid"), "not a number");
    EmbeddedRedis.start(folder, 0, Persistence.NONE).close();
  }

  @Test
  void theOrphanOfAKilledJvmIsEndedAndItsDataKept() throws Exception {
    Path started = folder.resolve("started");
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                folder.resolve("redis").toString(),
                started.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    long orphan;
    try {
      await().atMost(Duration.ofSeconds(60)).until(() -> lines(started).size() == 3);
      orphan = Long.parseLong(lines(started).get(0));
    } finally {
      holder.destroyForcibly().waitFor();
    }
    int orphanPort = Integer.parseInt(lines(started).get(1));
    assertThat(RedisClient.call(orphanPort, "GET k")).as("the orphan lives").isEqualTo("kept");

    // The same port is free again as the orphan is gone.
    try (EmbeddedRedis redis =
        EmbeddedRedis.start(folder.resolve("redis"), orphanPort, Persistence.APPEND_ONLY_FILE)) {
      assertThat(redis.pid()).isNotEqualTo(orphan);
      assertThat(ProcessHandle.of(orphan).map(ProcessHandle::isAlive).orElse(false)).isFalse();
      assertThat(RedisClient.call(redis.port(), "GET k")).isEqualTo("kept");
    }
  }

  private static List<String> lines(Path file) throws Exception {
    return Files.exists(file) ? Files.readString(file).lines().toList() : List.of();
  }
}
