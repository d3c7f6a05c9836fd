package dev.tuneline.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * Memory of closed tensors that the C library keeps for later ones. It lies in pieces: what fits
 * into none of them is taken from the system beside them.
 */
public final class FreedMemory {
  /** Taking less from the system again costs more time than its memory is worth. */
  private static final long LEAST_BYTES = 1L << 29;

  /** glibc's {@code struct mallinfo2}: ten sizes, of which the ninth is that of all free pieces. */
  private static final MemoryLayout INFO = MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG);

  private static final int FREE = 8;

  private static final @Nullable MethodHandle MEASURE =
      find("mallinfo2", FunctionDescriptor.of(MemoryLayout.structLayout(INFO)));
  private static final @Nullable MethodHandle TRIM =
      find("malloc_trim", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));

  private FreedMemory() {}

  @SuppressWarnings("restricted") // the engine needs native access anyway
  private static @Nullable MethodHandle find(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find(name)
        .map(symbol -> linker.downcallHandle(symbol, type))
        .orElse(null);
  }

  /** Gives all of it back to the system; does nothing where the C library is not glibc. */
  public static void giveBack() {
    if (TRIM == null) {
      return;
    }
    try {
      int _ = (int) TRIM.invokeExact(0L);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("malloc_trim is callable", e);
    }
  }

  /**
   * Gives it back if it is half a gigabyte or more, and more than the system has left: taking it
   * again makes a step up to a sixth slower. Does nothing before glibc 2.33.
   */
  public static void giveBackWhereShort() {
    long free = bytes();
    if (free >= LEAST_BYTES && FreeMemory.bytes() < free) {
      giveBack();
    }
  }

  private static long bytes() {
    if (MEASURE == null) {
      return 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = (MemorySegment) MEASURE.invokeExact((SegmentAllocator) arena);
      return info.getAtIndex(ValueLayout.JAVA_LONG, FREE);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("mallinfo2 is callable", e);
    }
  }
}
