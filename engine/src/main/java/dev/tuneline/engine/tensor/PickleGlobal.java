package dev.tuneline.engine.tensor;

import dev.tuneline.engine.tensor.TensorPickle.Storage;
import dev.tuneline.engine.tensor.TensorPickle.Tensor;
import dev.tuneline.engine.tensor.TensorPickle.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Every global name that a weight file's pickle may use. */
enum PickleGlobal {
  ORDERED_DICT("collections OrderedDict"),
  SIZE("torch Size"),
  REBUILD_TENSOR("torch._utils _rebuild_tensor"),
  REBUILD_TENSOR_V2("torch._utils _rebuild_tensor_v2"),
  REBUILD_TENSOR_V3("torch._utils _rebuild_tensor_v3"),
  REBUILD_PARAMETER("torch._utils _rebuild_parameter"),
  REBUILD_PARAMETER_WITH_STATE("torch._utils _rebuild_parameter_with_state"),

  UNTYPED_STORAGE("torch.storage UntypedStorage"),
  UNTYPED_STORAGE_ALIAS("torch UntypedStorage"),
  FLOAT_STORAGE("torch FloatStorage", DType.F32),
  DOUBLE_STORAGE("torch DoubleStorage", DType.F64),
  HALF_STORAGE("torch HalfStorage", DType.F16),
  BFLOAT16_STORAGE("torch BFloat16Storage", DType.BF16),
  LONG_STORAGE("torch LongStorage", DType.I64),
  INT_STORAGE("torch IntStorage", DType.I32),
  SHORT_STORAGE("torch ShortStorage", DType.I16),
  CHAR_STORAGE("torch CharStorage", DType.I8),
  BYTE_STORAGE("torch ByteStorage", DType.U8),
  BOOL_STORAGE("torch BoolStorage", DType.BOOL),

  FLOAT32("torch float32", DType.F32),
  FLOAT64("torch float64", DType.F64),
  FLOAT16("torch float16", DType.F16),
  BFLOAT16("torch bfloat16", DType.BF16),
  FLOAT8_E5M2("torch float8_e5m2", DType.F8_E5M2),
  FLOAT8_E4M3("torch float8_e4m3fn", DType.F8_E4M3),
  INT64("torch int64", DType.I64),
  INT32("torch int32", DType.I32),
  INT16("torch int16", DType.I16),
  INT8("torch int8", DType.I8),
  UINT64("torch uint64", DType.U64),
  UINT32("torch uint32", DType.U32),
  UINT16("torch uint16", DType.U16),
  UINT8("torch uint8", DType.U8),
  BOOL("torch bool", DType.BOOL);

  private static final Map<String, PickleGlobal> BY_NAME =
      Arrays.stream(values()).collect(Collectors.toMap(g -> g.name, Function.identity()));

  private final String name;
  private final @Nullable DType dtype;

  PickleGlobal(String name) {
    this.name = name;
    this.dtype = null;
  }

  PickleGlobal(String name, DType dtype) {
    this.name = name;
    this.dtype = dtype;
  }

  /** The global of that name; any other is UNSAFE_PICKLE. */
  static PickleGlobal named(String module, String name) {
    @Nullable PickleGlobal global = BY_NAME.get(module + " " + name);
    if (global == null) {
      throw TensorPickle.unsafe("global", module + "." + name);
    }
    return global;
  }

  boolean isStorage() {
    return name.endsWith("Storage");
  }

  /** The element type that it stands for; untyped storages have none. */
  Optional<DType> dtype() {
    return Optional.ofNullable(dtype);
  }

  /** What the function of this name makes of {@code arguments}; not every global is a function. */
  Object call(List<Object> arguments) {
    int count = arguments.size();
    if (this == ORDERED_DICT && count == 0) {
      return new LinkedHashMap<>();
    }
    if (this == SIZE && count == 1 && arguments.get(0) instanceof Tuple sizes) {
      return sizes;
    }
    if (this == REBUILD_PARAMETER && count == 3 && arguments.get(0) instanceof Tensor tensor) {
      return tensor;
    }
    if (this == REBUILD_PARAMETER_WITH_STATE
        && count == 4
        && arguments.get(0) instanceof Tensor tensor) {
      return tensor;
    }
    boolean rebuilds =
        switch (this) {
          case REBUILD_TENSOR -> count == 4;
          case REBUILD_TENSOR_V2 -> count == 6 || count == 7;
          case REBUILD_TENSOR_V3 -> count == 7 || count == 8;
          default -> false;
        };
    if (rebuilds
        && arguments.get(0) instanceof Storage storage
        && arguments.get(1) instanceof Long offset
        && arguments.get(2) instanceof Tuple(var dims)
        && arguments.get(3) instanceof Tuple(var strides)) {
      Optional<DType> type =
          this != REBUILD_TENSOR_V3
              ? storage.dtype()
              : arguments.get(6) instanceof PickleGlobal global && !global.isStorage()
                  ? global.dtype()
                  : Optional.empty();
      if (type.isPresent()) {
        return new Tensor(storage, type.get(), offset, longs(dims), longs(strides));
      }
    }
    throw TensorPickle.unsafe("global", name.replace(' ', '.') + " called with other arguments");
  }

  private static List<Long> longs(List<Object> items) {
    List<Long> values = new ArrayList<>();
    for (Object item : items) {
      if (!(item instanceof Long value) || values.size() == TorchFile.MAX_DIMENSIONS) {
        throw TorchFile.malformed("a tensor's shape is not one");
      }
      values.add(value);
    }
    return values;
  }
}
