package dev.tuneline.ingest.upload;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartFilesTest {
  private static final PartFiles.Limits LIMITS =
      new PartFiles.Limits(10, 15, 2, Duration.ofHours(1));

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private final InstantSource clock = now::get;

  @TempDir Path folder;

  @Test
  void whatArrivedBeforeAKillIsContinued() throws Exception {
    try (PartFiles killed = new PartFiles(folder, LIMITS, clock)) {
      killed.open("up-1", true, 0, 0).write(bytes("abcd"));
    }
    try (PartFiles parts = new PartFiles(folder, LIMITS, clock)) {
      assertThat(parts.received("up-1")).isEqualTo(4);
      PartFile part = parts.open("up-1", true, 3, 6);
      part.write(bytes("xyz"));
      Path file =
          part.complete(6, "f312795e322c87461a6f3c49e09897c59ca0d5a36245d2a00f08cbc66eee976d");
      assertThat(Files.readString(file)).isEqualTo("abcxyz");
      part.discard();
      assertThat(parts.received("up-1")).isZero();
    }
  }

  @Test
  void onlyTheFileThatWasMeantIsTakenIn() {
    try (PartFiles parts = new PartFiles(folder, LIMITS, clock)) {
      PartFile shortened = parts.open("up-1", true, 0, 6);
      shortened.write(bytes("abc"));
      assertReason("UPLOAD_INCOMPLETE", () -> shortened.complete(6, ""));
      shortened.close();
      assertThat(parts.received("up-1")).isEqualTo(3);
      assertReason("UPLOAD_OFFSET_TOO_LARGE", () -> parts.open("up-1", true, 4, 6));

      PartFile damaged = parts.open("up-1", true, 3, 6);
      damaged.write(bytes("def"));
      assertReason("UPLOAD_DAMAGED", () -> damaged.complete(6, "0".repeat(64)));
      assertThat(parts.received("up-1")).isZero();
    }
  }

  @Test
  void aSecondStreamTakesTheUploadOver() throws Exception {
    try (PartFiles parts = new PartFiles(folder, LIMITS, clock)) {
      PartFile first = parts.open("up-1", true, 0, 0);
      first.write(bytes("abc"));
      PartFile second = parts.open("up-1", true, 3, 0);

      assertReason("UPLOAD_TAKEN_OVER", () -> first.write(bytes("zzz")));
      first.close();
      second.write(bytes("def"));
      Path whole = second.complete(0, "");

      assertThat(Files.readString(whole)).isEqualTo("abcdef");
      assertReason("UPLOAD_BUSY", () -> parts.open("up-1", true, 0, 0));
    }
  }

  @Test
  void partsAreBounded() {
    try (PartFiles parts = new PartFiles(folder, LIMITS, clock)) {
      assertReason("FILE_TOO_LARGE", () -> parts.open("up-1", true, 0, 11));
      PartFile one = parts.open("up-1", true, 0, 0);
      assertReason("FILE_TOO_LARGE", () -> one.write(bytes("12345678901")));
      one.write(bytes("1234567890"));
      PartFile two = parts.open("up-2", true, 0, 0);
      assertReason("TOO_MANY_UPLOADS", () -> two.write(bytes("123456")));
      assertReason("TOO_MANY_UPLOADS", () -> parts.open("up-3", true, 0, 0));
      one.discard();
      two.write(bytes("123456"));
    }
  }

  @Test
  void whatNobodyGoesOnWithExpires() {
    try (PartFiles parts = new PartFiles(folder, LIMITS, clock)) {
      parts.open("up-1", true, 0, 0).close();
      PartFile lively = parts.open("up-2", true, 0, 0);
      now.set(now.get().plus(Duration.ofHours(2)));

      parts.open("up-3", false, 0, 0).close();

      lively.write(bytes("abc"));
      assertThat(folder).isDirectoryNotContaining("glob:**up-1*");
      assertThat(folder).isDirectoryNotContaining("glob:**up-3*");
      assertThat(parts.received("up-2")).isEqualTo(3);
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static void assertReason(String reason, ThrowingCallable call) {
    assertThat(catchThrowableOfType(Problem.class, call).reason()).isEqualTo(reason);
  }
}
