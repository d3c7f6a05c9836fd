package dev.tuneline.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Environment variables of this process, for native libraries that read them when they are loaded.
 */
final class NativeEnvironment {
  private NativeEnvironment() {}

  /** Sets a variable unless it is set; does nothing where the C library has no setenv (Windows). */
  @SuppressWarnings("restricted") // the engine needs native access anyway
  static void setIfAbsent(String name, String value) {
    Linker linker = Linker.nativeLinker();
    linker
        .defaultLookup()
        .find("setenv")
        .ifPresent(
            symbol -> {
              MethodHandle setenv =
                  linker.downcallHandle(
                      symbol,
                      FunctionDescriptor.of(
                          ValueLayout.JAVA_INT,
                          ValueLayout.ADDRESS,
                          ValueLayout.ADDRESS,
                          ValueLayout.JAVA_INT));
              call(setenv, name, value);
            });
  }

  private static void call(MethodHandle setenv, String name, String value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocateFrom(name);
      int result = (int) setenv.invokeExact(key, arena.allocateFrom(value), 0);
      if (result != 0) {
        throw new IllegalStateException("setenv " + name + " failed");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("setenv is callable", e);
    }
  }
}
