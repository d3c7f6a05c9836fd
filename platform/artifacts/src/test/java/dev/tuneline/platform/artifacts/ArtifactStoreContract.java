package dev.tuneline.platform.artifacts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.ArtifactRef;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link ArtifactStore} promises; each implementation's test inherits it whole. */
public abstract class ArtifactStoreContract {
  private static final String HELLO_SHA256 =
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  @TempDir protected Path temporary;
  private ArtifactStore store;

  /** A store that takes at most {@code limits}; a second call opens the same store again. */
  protected abstract ArtifactStore open(FileArtifactStore.Limits limits);

  /** Replaces stored bytes behind the store's back. */
  protected abstract void damage(String sha256, byte[] bytes) throws IOException;

  /** Removes stored bytes behind the store's back. */
  protected abstract void lose(String sha256) throws IOException;

  @BeforeEach
  void openStore() {
    store = open(FileArtifactStore.Limits.DEFAULT);
  }

  private ArtifactRef put(String text) {
    return store.put(new ByteArrayInputStream(text.getBytes(UTF_8)), "text/plain");
  }

  private String read(ArtifactRef ref) throws IOException {
    try (InputStream in = store.open(ref)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static String reasonOf(ThrowingCallable call) {
    return catchThrowableOfType(Problem.class, call).reason();
  }

  @Test
  void aReferenceNamesItsBytes() {
    ArtifactRef ref = put("hello");
    assertThat(ref)
        .isEqualTo(
            ArtifactRef.newBuilder()
                .setUri("file:sha256/2c/" + HELLO_SHA256)
                .setSha256(HELLO_SHA256)
                .setSizeBytes(5)
                .setMediaType("text/plain")
                .build());
    assertThat(store.has(HELLO_SHA256)).isTrue();
    assertThat(store.has("0".repeat(64))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 262_143, 262_144, 262_145, 3_000_000})
  void bytesOfAnySizeComeBack(int size) throws Exception {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    ArtifactRef ref = store.put(new ByteArrayInputStream(bytes), "application/octet-stream");
    assertThat(ref.getSizeBytes()).isEqualTo(size);
    assertThat(store.bytes(ref, size)).isEqualTo(bytes);
    assertThat(Files.readAllBytes(store.localFile(ref))).isEqualTo(bytes);
  }

  @Test
  void aFileIsStoredAndLeftAsItIs() throws Exception {
    Path file = Files.writeString(temporary.resolve("given"), "hello");
    assertThat(store.put(file, "text/plain")).isEqualTo(put("hello"));
    assertThat(file).hasContent("hello");
  }

  @Test
  void aMissingFileToStoreIsAProblem() {
    assertThat(reasonOf(() -> store.put(temporary.resolve("none"), "text/plain")))
        .isEqualTo("ARTIFACT_SOURCE_UNREADABLE");
  }

  @Test
  void aSourceThatBreaksOffLeavesNothing() {
    InputStream broken =
        new FilterInputStream(new ByteArrayInputStream("hello".getBytes(UTF_8))) {
          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            int n = super.read(into, offset, length);
            if (n < 0) {
              throw new IOException("the cable fell out");
            }
            return n;
          }
        };
    assertThat(reasonOf(() -> store.put(broken, "text/plain")))
        .isEqualTo("ARTIFACT_SOURCE_UNREADABLE");
    assertThat(store.has(HELLO_SHA256)).isFalse();
  }

  @Test
  void anotherOpeningOfTheStoreSeesTheBytes() throws Exception {
    ArtifactRef ref = put("hello");
    store = open(FileArtifactStore.Limits.DEFAULT);
    assertThat(read(ref)).isEqualTo("hello");
  }

  @Test
  void missingBytesAreOurProblem() throws Exception {
    ArtifactRef ref = put("hello");
    lose(ref.getSha256());
    for (ThrowingCallable use :
        List.<ThrowingCallable>of(() -> store.open(ref), () -> store.localFile(ref))) {
      Problem problem = catchThrowableOfType(Problem.class, use);
      assertThat(problem.reason()).isEqualTo("ARTIFACT_MISSING");
      assertThat(problem.fault()).isEqualTo(Fault.OURS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hell", "hellp", "hello!"})
  void wrongBytesAreNeverHandedOut(String wrong) throws Exception {
    ArtifactRef ref = put("hello");
    damage(ref.getSha256(), wrong.getBytes(UTF_8));
    for (ThrowingCallable use :
        List.<ThrowingCallable>of(
            () -> store.open(ref), () -> store.localFile(ref), () -> store.bytes(ref, 100))) {
      Problem problem = catchThrowableOfType(Problem.class, use);
      assertThat(problem.reason()).isEqualTo("ARTIFACT_CORRUPT");
      assertThat(problem.fault()).isEqualTo(Fault.OURS);
    }
  }

  @Test
  void storingAgainMendsDamage() throws Exception {
    ArtifactRef ref = put("hello");
    damage(ref.getSha256(), "hellp".getBytes(UTF_8));
    assertThat(put("hello")).isEqualTo(ref);
    assertThat(read(ref)).isEqualTo("hello");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "file:sha256/2c/../../../etc/passwd",
        "file:/etc/passwd",
        "file:///etc/passwd",
        "sha256/2c/" + HELLO_SHA256,
        "file:sha256/2d/" + HELLO_SHA256,
        "file:sha256/2c/" + HELLO_SHA256 + "/",
        "s3:sha256/2c/" + HELLO_SHA256
      })
  void aUriThatIsNotOursIsRefused(String uri) {
    ArtifactRef ref = put("hello").toBuilder().setUri(uri).build();
    Problem problem = catchThrowableOfType(Problem.class, () -> store.open(ref));
    assertThat(problem.reason()).isEqualTo("ARTIFACT_REF_INVALID");
    assertThat(problem.fault()).isEqualTo(Fault.CALLER);
    assertThat(reasonOf(() -> store.localFile(ref))).isEqualTo("ARTIFACT_REF_INVALID");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2c",
        "../../../../../../../../../../../../../../../../../../etc/passwd",
        "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824"
      })
  void aDigestThatIsNoneIsRefused(String sha256) {
    ArtifactRef ref =
        put("hello").toBuilder().setSha256(sha256).setUri("file:sha256/2c/" + sha256).build();
    assertThat(reasonOf(() -> store.open(ref))).isEqualTo("ARTIFACT_REF_INVALID");
    assertThat(reasonOf(() -> store.has(sha256))).isEqualTo("ARTIFACT_REF_INVALID");
  }

  @Test
  void aReferenceWithAnotherSizeIsCorrupt() {
    ArtifactRef ref = put("hello").toBuilder().setSizeBytes(4).build();
    assertThat(reasonOf(() -> store.open(ref))).isEqualTo("ARTIFACT_CORRUPT");
    assertThat(reasonOf(() -> store.open(ref.toBuilder().setSizeBytes(-1).build())))
        .isEqualTo("ARTIFACT_REF_INVALID");
  }

  @Test
  void boundsAreKept() throws Exception {
    store = open(new FileArtifactStore.Limits(5, 2));
    ArtifactRef ref = put("hello");
    assertThat(reasonOf(() -> put("hello!"))).isEqualTo("ARTIFACT_TOO_LARGE");
    assertThat(reasonOf(() -> store.bytes(ref, 4))).isEqualTo("ARTIFACT_TOO_LARGE");
    Path folder = folder("a", "1", "b", "2", "c", "3");
    assertThat(reasonOf(() -> store.putFolder(folder))).isEqualTo("ARTIFACT_TOO_LARGE");
  }

  @Test
  void manyWritersOfTheSameBytesAgree() throws Exception {
    byte[] bytes = new byte[500_000];
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<ArtifactRef>> puts =
          IntStream.range(0, 32)
              .mapToObj(
                  i ->
                      threads.submit(
                          () ->
                              open(FileArtifactStore.Limits.DEFAULT)
                                  .put(new ByteArrayInputStream(bytes), "x/y")))
              .toList();
      for (Future<ArtifactRef> put : puts) {
        assertThat(store.bytes(put.get(), bytes.length)).isEqualTo(bytes);
      }
    }
  }

  private Path folder(String... pathsAndTexts) throws IOException {
    Path folder = Files.createTempDirectory(temporary, "folder");
    for (int i = 0; i < pathsAndTexts.length; i += 2) {
      Path file = folder.resolve(pathsAndTexts[i]);
      Files.createDirectories(file.getParent());
      Files.writeString(file, pathsAndTexts[i + 1]);
    }
    return folder;
  }

  private static List<String> filesIn(Path folder) throws IOException {
    try (Stream<Path> found = Files.walk(folder)) {
      return found
          .filter(Files::isRegularFile)
          .map(p -> folder.relativize(p).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void aFolderComesBackWithItsFiles() throws Exception {
    ArtifactRef ref = store.putFolder(folder("b.txt", "B", "a/deep/x.bin", "X", "模型.json", "{}"));
    assertThat(ref.getMediaType()).isEqualTo(ArtifactStore.FOLDER_MEDIA_TYPE);
    Path local = store.localFolder(ref);
    assertThat(filesIn(local)).containsExactly("a/deep/x.bin", "b.txt", "模型.json");
    assertThat(local.resolve("a/deep/x.bin")).hasContent("X");
    assertThat(store.manifest(ref).files())
        .extracting(FolderManifest.Entry::path)
        .containsExactly("a/deep/x.bin", "b.txt", "模型.json");
    assertThat(store.localFolder(ref)).isEqualTo(local);
  }

  @Test
  void equalFoldersHaveEqualReferences() throws Exception {
    ArtifactRef one = store.putFolder(folder("a", "1", "b", "2"));
    Path other = folder("b", "2", "a", "1");
    Files.createDirectory(other.resolve("empty"));
    assertThat(store.putFolder(other)).isEqualTo(one);
    assertThat(store.putFolder(folder("a", "2", "b", "1"))).isNotEqualTo(one);
    assertThat(store.putFolder(folder("a", "1"))).isNotEqualTo(one);
  }

  @Test
  void anEmptyFolderIsAFolder() throws Exception {
    assertThat(filesIn(store.localFolder(store.putFolder(folder())))).isEmpty();
  }

  @Test
  void aFolderWithASymbolicLinkIsRefused() throws Exception {
    Path folder = folder("a", "1");
    Files.createSymbolicLink(folder.resolve("link"), Path.of("/etc/passwd"));
    assertThat(reasonOf(() -> store.putFolder(folder))).isEqualTo("ARTIFACT_FOLDER_INVALID");
  }

  @Test
  void aDamagedLocalFolderIsLaidOutAgain() throws Exception {
    ArtifactRef ref = store.putFolder(folder("a", "1", "b", "2"));
    Path local = store.localFolder(ref);
    Files.delete(local.resolve("a"));
    Files.writeString(local.resolve("intruder"), "?");
    assertThat(filesIn(store.localFolder(ref))).containsExactly("a", "b");
    Files.delete(local.resolve("b"));
    Files.writeString(local.resolve("b"), "3");
    assertThat(store.localFolder(ref).resolve("b")).hasContent("2");
  }

  @Test
  void aFolderWithALostFileIsMissing() throws Exception {
    ArtifactRef ref = store.putFolder(folder("a", "1"));
    lose(store.manifest(ref).files().getFirst().sha256());
    assertThat(reasonOf(() -> store.localFolder(ref))).isEqualTo("ARTIFACT_MISSING");
  }

  @Test
  void bytesThatAreNoManifestAreNoFolder() {
    ArtifactRef text = put("hello");
    assertThat(reasonOf(() -> store.localFolder(text))).isEqualTo("ARTIFACT_REF_INVALID");
    ArtifactRef claimed = text.toBuilder().setMediaType(ArtifactStore.FOLDER_MEDIA_TYPE).build();
    assertThat(reasonOf(() -> store.localFolder(claimed))).isEqualTo("ARTIFACT_FOLDER_INVALID");
  }

  @Test
  void aManifestThatLeavesItsFolderIsRefused() {
    String sha256 = put("hello").getSha256();
    for (String path : List.of("../x", "/x", "a/../../x", "a//b", ".", "a\\\\b", "")) {
      ArtifactRef ref =
          store.put(
              new ByteArrayInputStream(
                  "[{\"path\":\"%s\",\"sha256\":\"%s\",\"size\":5}]"
                      .formatted(path, sha256)
                      .getBytes(UTF_8)),
              ArtifactStore.FOLDER_MEDIA_TYPE);
      assertThat(reasonOf(() -> store.localFolder(ref)))
          .as(path)
          .isEqualTo("ARTIFACT_FOLDER_INVALID");
    }
  }

  @Test
  void aRemovedFolderIsGoneButForWhatOthersMayHavePut() throws IOException {
    ArtifactRef removed = store.putFolder(folder("own", "mine", "shared", "ours"));
    Files.writeString(Files.createDirectory(temporary.resolve("other")).resolve("shared"), "ours");
    ArtifactRef other = store.putFolder(temporary.resolve("other"));
    List<FolderManifest.Entry> entries = store.manifest(removed).files();
    store.localFolder(removed);

    store.removeFolder(removed, Set.of("own", "never there"));
    store.removeFolder(removed, Set.of("own"));

    assertThat(reasonOf(() -> store.localFolder(removed))).isEqualTo("ARTIFACT_MISSING");
    assertThat(entries)
        .allSatisfy(
            entry ->
                assertThat(store.has(entry.sha256())).isEqualTo(entry.path().equals("shared")));
    assertThat(store.localFolder(other).resolve("shared")).hasContent("ours");
  }

  @Test
  void whatIsRemovedIsMissingAndCanBePutAgain() {
    ArtifactRef ref = store.put(new ByteArrayInputStream(new byte[] {1, 2}), "text/plain");

    store.remove(ref);
    store.remove(ref);

    assertThat(store.has(ref.getSha256())).isFalse();
    assertThat(reasonOf(() -> store.open(ref))).isEqualTo("ARTIFACT_MISSING");
    store.put(new ByteArrayInputStream(new byte[] {1, 2}), "text/plain");
    assertThat(store.bytes(ref, 2)).containsExactly(1, 2);
  }

  @Test
  void manyReadersOfOneFolderAgree() throws Exception {
    ArtifactRef ref = store.putFolder(folder("a", "1", "b/c", "2"));
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<Path>> views =
          IntStream.range(0, 32)
              .mapToObj(
                  i ->
                      threads.submit(() -> open(FileArtifactStore.Limits.DEFAULT).localFolder(ref)))
              .toList();
      for (Future<Path> view : views) {
        assertThat(filesIn(view.get())).containsExactly("a", "b/c");
      }
    }
  }
}
