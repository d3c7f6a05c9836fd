package dev.tuneline.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeMemoryTest {
  private static final long GIB = 1L << 30;

  @TempDir private Path root;

  @BeforeEach
  void machineOf8Gib() throws IOException {
    write("proc/meminfo", "MemTotal: 9000000 kB\nMemFree: 1 kB\nMemAvailable: 8388608 kB\n");
  }

  @Test
  void isWhatTheKernelCanGive() {
    assertThat(free()).isEqualTo(8 * GIB);
    assertThat(new FreeMemory(root).ofWholeHost()).isEqualTo(9_000_000L << 10);
  }

  @Test
  void isLessInAContainer() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", 4 * GIB + "\n");
    write("sys/fs/cgroup/memory.current", 3 * GIB + "\n");
    write("sys/fs/cgroup/memory.stat", "anon 7\ninactive_file 1073741824\nactive_file 0\n");

    assertThat(free()).isEqualTo(2 * GIB);
    assertThat(new FreeMemory(root).ofWholeHost()).isEqualTo(4 * GIB);
  }

  @Test
  void everyGroupAboveMayHaveALimit() throws IOException {
    write("proc/self/cgroup", "0::/tuneline/trainer\n");
    write("sys/fs/cgroup/tuneline/trainer/memory.max", "max\n");
    write("sys/fs/cgroup/tuneline/trainer/memory.current", GIB + "\n");
    write("sys/fs/cgroup/tuneline/memory.max", 3 * GIB + "\n");
    write("sys/fs/cgroup/tuneline/memory.current", 2 * GIB + "\n");

    assertThat(free()).isEqualTo(GIB);
  }

  @Test
  void knowsTheFirstVersionOfGroups() throws IOException {
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", 2 * GIB + "\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", GIB + "\n");
    assertThat(free()).isEqualTo(GIB);

    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assertThat(free()).isEqualTo(8 * GIB);
  }

  @Test
  void isUnknownElsewhere() throws IOException {
    Files.delete(root.resolve("proc/meminfo"));

    assertThat(free()).isEqualTo(FreeMemory.UNKNOWN);
  }

  @Test
  void thisMachineHasSome() {
    FreedMemory.giveBack();

    assertThat(FreeMemory.bytes()).isPositive().isLessThanOrEqualTo(FreeMemory.capacity());
  }

  private long free() {
    return new FreeMemory(root).ofHost();
  }

  private void write(String file, String content) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }
}
