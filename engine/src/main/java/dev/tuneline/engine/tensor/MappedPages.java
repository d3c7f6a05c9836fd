package dev.tuneline.engine.tensor;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The pages of mapped files that this process has read. They count as its memory until it says that
 * it needs them no longer; a model that is being loaded would take its size twice.
 */
final class MappedPages {
  private static final long PAGE = 4096;
  private static final int DONT_NEED = 4;
  private static final @Nullable MethodHandle ADVISE = advise();

  private MappedPages() {}

  @SuppressWarnings("restricted") // the engine needs native access anyway
  private static @Nullable MethodHandle advise() {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("madvise")
        .map(
            symbol ->
                linker.downcallHandle(
                    symbol,
                    FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT)))
        .orElse(null);
  }

  /**
   * Gives back the whole pages of a mapped segment, which may be read again at the price of reading
   * the file; does nothing to other segments or on systems other than Linux.
   */
  static void release(MemorySegment segment) {
    long from = Math.ceilDiv(segment.address(), PAGE) * PAGE;
    long to = (segment.address() + segment.byteSize()) / PAGE * PAGE;
    if (ADVISE == null || !segment.isMapped() || from >= to) {
      return;
    }
    try {
      // A refusal, as by pages of another size, changes nothing but the memory in use.
      int _ = (int) ADVISE.invokeExact(from, to - from, DONT_NEED);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("madvise is callable", e);
    }
  }
}
