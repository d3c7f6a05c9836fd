package dev.tuneline.engine.tensor;

import dev.tuneline.errors.Problem;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A file of named tensors, checked whole when it is opened and read only where it is asked for.
 *
 * <p>Instances may be read by several threads; segments die with {@link #close}.
 */
public sealed interface WeightFile extends AutoCloseable permits SafetensorsFile, TorchFile {
  /** Suffixes of the formats in the order in which a folder that has several is read. */
  List<String> SUFFIXES = List.of(".safetensors", ".bin");

  /** What is converted in one go. */
  long ELEMENTS_AT_ONCE = 1 << 20;

  /**
   * Opens {@code path} by its suffix: safetensors, or else what {@code torch.save} writes.
   *
   * @throws Problem FILE_NOT_FOUND, MALFORMED_SAFETENSORS, MALFORMED_CHECKPOINT or UNSAFE_PICKLE
   */
  static WeightFile open(Path path) {
    return path.toString().endsWith(SUFFIXES.getFirst())
        ? SafetensorsFile.open(path)
        : TorchFile.open(path);
  }

  /**
   * The file of {@code folder} called {@code stem} with the first suffix for which there is one.
   */
  static Optional<Path> find(Path folder, String stem) {
    return SUFFIXES.stream()
        .map(suffix -> folder.resolve(stem + suffix))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** Where it was opened from. */
  Path path();

  /** Its tensors by name. */
  SequencedMap<String, TensorEntry> tensors();

  /** The little-endian elements of a tensor, row-major, read-only, valid until {@link #close}. */
  MemorySegment bytes(String name);

  /** What the file says about a tensor; TENSOR_NOT_FOUND when there is none of that name. */
  default TensorEntry entry(String name) {
    @Nullable TensorEntry entry = tensors().get(name);
    if (entry == null) {
      throw Problem.caller("TENSOR_NOT_FOUND", "there is no tensor " + name)
          .at(Problem.FILE, path())
          .at("tensor", name);
    }
    return entry;
  }

  /** The elements of a tensor as fp32; at most 2^31 - 1 of them. */
  default float[] floats(String name) {
    float[] values = new float[Math.toIntExact(entry(name).elements())];
    copyFloats(name, MemorySegment.ofArray(values));
    return values;
  }

  /**
   * Writes a tensor's elements as fp32 in native order into {@code target}.
   *
   * @throws Problem UNSUPPORTED_DTYPE unless the tensor is F16, BF16, F32 or F64
   */
  default void copyFloats(String name, MemorySegment target) {
    convert(name, DType.F32, Objects.requireNonNull(target));
  }

  /**
   * Writes a tensor's elements as bf16 in native order into {@code target}, rounded to the nearest.
   *
   * @throws Problem UNSUPPORTED_DTYPE unless the tensor is F16, BF16, F32 or F64
   */
  default void copyBfloat16(String name, MemorySegment target) {
    convert(name, DType.BF16, Objects.requireNonNull(target));
  }

  /** Part by part, so that little of the file is in memory beside the target. */
  private void convert(String name, DType wanted, MemorySegment target) {
    DType stored = floatType(name);
    MemorySegment source = bytes(name);
    long count = entry(name).elements();
    for (long first = 0; first < count; first += ELEMENTS_AT_ONCE) {
      long length = Math.min(ELEMENTS_AT_ONCE, count - first);
      MemorySegment part = source.asSlice(first * stored.bytes(), length * stored.bytes());
      Elements.convert(
          stored, part, wanted, target.asSlice(first * wanted.bytes(), length * wanted.bytes()));
      MappedPages.release(part);
    }
  }

  private DType floatType(String name) {
    DType dtype = entry(name).dtype();
    if (!dtype.isFloat()) {
      throw Problem.caller(
              "UNSUPPORTED_DTYPE",
              "tensor %s is %s, which is not read as weights".formatted(name, dtype))
          .at(Problem.FILE, path())
          .at("tensor", name)
          .mend("convert it to F32, F16 or BF16");
    }
    return dtype;
  }

  @Override
  void close();
}
