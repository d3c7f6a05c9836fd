package dev.tuneline.platform.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tuneline.proto.v1.ArtifactRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process in the middle of storing, many times, and looks at what is there. */
class KillIT {
  private static final int KILLS = 4;

  @TempDir Path root;

  /** Stores different bytes for ever; what it printed was stored. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] args) {
      FileArtifactStore store = new FileArtifactStore(Path.of(args[0]));
      byte[] bytes = new byte[1 << 20];
      for (long i = Long.parseLong(args[1]); ; i++) {
        ByteBuffer.wrap(bytes).putLong(i);
        ArtifactRef ref = store.put(new ByteArrayInputStream(bytes), "x/y");
        System.out.println(ref.getSha256());
      }
    }
  }

  @Test
  void whatIsThereIsWholeAfterEveryKill() throws Exception {
    for (int kill = 0; kill < KILLS; kill++) {
      Path printed = root.resolve("printed-" + kill);
      Process writer =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Writer.class.getName(),
                  root.resolve("store").toString(),
                  Long.toString(kill * 1_000_000L))
              .redirectOutput(printed.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        await()
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofMillis(7))
            .until(() -> Files.exists(printed) && Files.size(printed) > 65 * 5);
      } finally {
        writer.destroyForcibly().waitFor();
      }
      List<Path> blobs = blobs();
      for (Path blob : blobs) {
        assertThat(sha256(blob)).isEqualTo(blob.getFileName().toString());
      }
      List<String> promised = Files.readString(printed).lines().filter(Refs::isSha256).toList();
      assertThat(promised).hasSizeGreaterThanOrEqualTo(5);
      assertThat(blobs.stream().map(p -> p.getFileName().toString())).containsAll(promised);
    }
  }

  private List<Path> blobs() throws IOException {
    try (Stream<Path> found = Files.walk(root.resolve("store/sha256"))) {
      return found.filter(Files::isRegularFile).toList();
    }
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }
}
