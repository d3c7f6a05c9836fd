package dev.tuneline.platform.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.ArtifactRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FileArtifactStoreTest extends ArtifactStoreContract {
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

  @Override
  protected ArtifactStore open(FileArtifactStore.Limits limits) {
    return new FileArtifactStore(root(), limits, InstantSource.system());
  }

  private Path root() {
    return temporary.resolve("store");
  }

  private Path blob(String sha256) {
    return root().resolve(Refs.relativePath(sha256));
  }

  @Override
  protected void damage(String sha256, byte[] bytes) throws IOException {
    Files.delete(blob(sha256));
    Files.write(blob(sha256), bytes);
  }

  @Override
  protected void lose(String sha256) throws IOException {
    Files.delete(blob(sha256));
  }

  @Test
  void nothingStaysBehindInScratch() throws Exception {
    ArtifactStore store = open(FileArtifactStore.Limits.DEFAULT);
    Path folder = Files.createDirectory(temporary.resolve("given"));
    Files.writeString(folder.resolve("a"), "1");
    store.localFolder(store.putFolder(folder));
    try (Stream<Path> left = Files.list(root().resolve("tmp"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void abandonedWorkIsSweptAndFreshWorkIsNot() throws Exception {
    open(FileArtifactStore.Limits.DEFAULT);
    Path old = Files.writeString(root().resolve("tmp/old"), "half");
    Path fresh = Files.writeString(root().resolve("tmp/fresh"), "half");
    Files.setLastModifiedTime(
        old, FileTime.from(NOW.minus(Scratch.ABANDONED_AFTER).minus(Duration.ofSeconds(1))));
    Files.setLastModifiedTime(fresh, FileTime.from(NOW.minus(Duration.ofHours(1))));
    new Scratch(root().resolve("tmp"), InstantSource.fixed(NOW));
    assertThat(old).doesNotExist();
    assertThat(fresh).exists();
  }

  @Test
  void aSymbolicLinkInTheStoreIsNotFollowed() throws Exception {
    ArtifactStore store = open(FileArtifactStore.Limits.DEFAULT);
    ArtifactRef ref = store.put(new ByteArrayInputStream(new byte[] {1}), "x/y");
    Path outside = Files.write(temporary.resolve("outside"), new byte[] {1});
    Files.delete(blob(ref.getSha256()));
    Files.createSymbolicLink(blob(ref.getSha256()), outside);
    assertThat(store.has(ref.getSha256())).isFalse();
    assertThat(catchThrowable(() -> store.open(ref))).isInstanceOf(Problem.class);
  }
}
