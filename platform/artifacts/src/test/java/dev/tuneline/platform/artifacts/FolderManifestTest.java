package dev.tuneline.platform.artifacts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.FolderManifest.Entry;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FolderManifestTest {
  private static final String SHA256 = "ab".repeat(32);

  private static Entry entry(String path) {
    return new Entry(path, SHA256, 7);
  }

  private static FolderManifest of(String... paths) {
    return new FolderManifest(Arrays.stream(paths).map(FolderManifestTest::entry).toList());
  }

  @Test
  void itsJsonIsCanonical() {
    assertThat(new String(of("b", "a/\"x\"").toJson(), UTF_8))
        .isEqualTo(
            """
            [{"path":"a/\\"x\\"","sha256":"S","size":7},{"path":"b","sha256":"S","size":7}]\
            """
                .replace("S", SHA256));
    assertThat(of().toJson()).isEqualTo("[]".getBytes(UTF_8));
  }

  @Test
  void pathsAreSortedByTheirUtf8Bytes() {
    // In UTF-16, U+FF5E sorts after the surrogates of U+1F600.
    assertThat(of("\uD83D\uDE00", "\uFF5E", "a/b", "a.b", "Z").files())
        .extracting(Entry::path)
        .containsExactly("Z", "a.b", "a/b", "\uFF5E", "\uD83D\uDE00");
  }

  @Test
  void itComesBackFromItsJson() {
    FolderManifest manifest = of("模型/a", "b", "c d");
    assertThat(FolderManifest.fromJson(manifest.toJson(), 3)).isEqualTo(manifest);
    assertThat(reason(() -> FolderManifest.fromJson(manifest.toJson(), 2)))
        .isEqualTo("ARTIFACT_TOO_LARGE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[",
        "[]]",
        "[] ",
        "[1]",
        "[{}]",
        "[{'sha256':'S','path':'a','size':7}]",
        "[{'path':'a','sha256':'S','size':7,'more':1}]",
        "[{'path':'a','sha256':'S','size':'7'}]",
        "[{'path':'a','sha256':'S','size':7.0}]",
        "[{'path':'a','sha256':'S','size':99999999999999999999}]",
        "[{'path':'a','sha256':'S','size':-1}]",
        "[{'path':1,'sha256':'S','size':7}]",
        "[{'path':'a','sha256':'AB','size':7}]",
        "[{'path':'b','sha256':'S','size':7},{'path':'a','sha256':'S','size':7}]",
        "[ {'path':'a','sha256':'S','size':7}]"
      })
  void anyOtherFormIsRefused(String json) {
    byte[] bytes = json.replace('\'', '"').replace("S", SHA256).getBytes(UTF_8);
    assertThat(reason(() -> FolderManifest.fromJson(bytes, 10)))
        .isEqualTo("ARTIFACT_FOLDER_INVALID");
  }

  @Test
  void filesThatCannotStandSideBySideAreRefused() {
    for (List<String> paths :
        List.of(List.of("a", "a"), List.of("a", "a/b"), List.of("a", "a!", "a/b/c"))) {
      assertThat(reason(() -> of(paths.toArray(String[]::new))))
          .isEqualTo("ARTIFACT_FOLDER_INVALID");
    }
  }

  private static String reason(ThrowingCallable call) {
    return catchThrowableOfType(Problem.class, call).reason();
  }
}
