package dev.tuneline.parity;

import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.precision.Nf4Tensor;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** One matrix in NF4: codes, scales, both levels of restored values, and their errors. */
final class Nf4Cases {
  static final int BLOCK = 64;
  static final int NESTED_BLOCK = 256;

  private static final Pattern EVERY_ROW = Pattern.compile("(dequant.*)_every_(\\d+)th_row");

  private final Checks checks;
  private final Path root;
  private final Path file;

  Nf4Cases(Checks checks, Path root, Path file) {
    this.checks = checks;
    this.root = root;
    this.file = file;
  }

  void check(String name, JsonNode document) {
    JsonNode expected = document.path("matrices").path(name);
    List<Long> shape =
        Json.field(expected, "shape").valueStream().map(JsonNode::longValue).toList();
    try (SafetensorsFile tensors = SafetensorsFile.open(file);
        PtNDManager manager = Torch.newManager();
        var _ = GradientMode.off();
        var _ = new Scope()) {
      float[] weight =
          expected.has("source")
              ? QuantCases.tensor(root, Json.text(expected, "source"))
              : tensors.floats(name + ".weight");
      Nf4Tensor held =
          Nf4Tensor.quantise(
              MemorySegment.ofArray(weight), shape, Nf4Tensor.Tables.in(manager), manager);
      Quantised actual = Quantised.of(held, tensors.floats(name + ".absmax"));
      int width = Math.toIntExact(shape.getLast());
      tensors.tensors().keySet().stream()
          .filter(tensor -> tensor.startsWith(name + "."))
          .forEach(
              tensor -> field(tensors, tensor, tensor.substring(name.length() + 1), actual, width));
      codebooks(tensors, held);
      errors(expected, weight, actual);
    }
  }

  /** A tensor of the file. */
  private void field(
      SafetensorsFile tensors, String tensor, String name, Quantised actual, int width) {
    Matcher rows = EVERY_ROW.matcher(name);
    int step = rows.matches() ? Integer.parseInt(rows.group(2)) : 1;
    switch (rows.matches() ? rows.group(1) : name) {
      case "packed" -> bytes(tensor, actual.packed(), tensors);
      case "absmax_q8" -> bytes(tensor, actual.scales(), tensors);
      case "absmax_q8_absmax" -> relative(tensor, actual.scaleAbsmax(), tensors.floats(tensor));
      case "offset" -> relative(tensor, new float[] {actual.offset()}, tensors.floats(tensor));
      case "absmax_restored" -> relative(tensor, actual.restored(), tensors.floats(tensor));
      case "dequant" ->
          relative(tensor, rows(actual.single(), width, step), tensors.floats(tensor));
      case "dequant_double" ->
          relative(tensor, rows(actual.twice(), width, step), tensors.floats(tensor));
      // The matrix itself, and what the codes of the first level are multiplied with.
      case "weight", "absmax" -> {}
      default -> checks.unchecked("unknown tensor " + tensor);
    }
  }

  private static float[] rows(float[] values, int width, int step) {
    int rows = values.length / width;
    float[] some = new float[Math.ceilDiv(rows, step) * width];
    for (int row = 0; row < rows; row += step) {
      System.arraycopy(values, row * width, some, row / step * width, width);
    }
    return some;
  }

  private void bytes(String what, byte[] actual, SafetensorsFile tensors) {
    byte[] expected = tensors.bytes(what).toArray(ValueLayout.JAVA_BYTE);
    int at = Arrays.mismatch(Arrays.copyOf(actual, expected.length), expected);
    checks.same(what + " size", expected.length <= actual.length, true);
    checks.holds("%s[%d] differs".formatted(what, at), at < 0);
  }

  private void relative(String what, float[] actual, float[] expected) {
    checks.same(what + " size", actual.length, expected.length);
    double[] errors = new double[Math.min(actual.length, expected.length)];
    for (int i = 0; i < errors.length; i++) {
      double error = Math.abs((double) actual[i] - expected[i]);
      errors[i] = error == 0 ? 0 : error / Math.abs(expected[i]);
    }
    checks.close(what + ", relative", errors, new double[errors.length], Tolerances.DEQUANTISED);
  }

  private void codebooks(SafetensorsFile tensors, Nf4Tensor held) {
    if (tensors.tensors().containsKey("nf4_codebook")) {
      float[] pairs = Tensors.floats(held.tables().pairs());
      float[] values = new float[16];
      for (int code = 0; code < values.length; code++) {
        values[code] = pairs[2 * code + 1];
      }
      relative("nf4_codebook", values, tensors.floats("nf4_codebook"));
    }
    if (tensors.tensors().containsKey("dynamic8_codebook")) {
      float[] values = Tensors.floats(held.tables().dynamic());
      relative("dynamic8_codebook", values, tensors.floats("dynamic8_codebook"));
    }
  }

  /** Figures of six significant digits. */
  private void errors(JsonNode expected, float[] weight, Quantised actual) {
    expected
        .properties()
        .forEach(
            field -> {
              double value = field.getValue().asDouble();
              double tolerance = 1e-5 * Math.abs(value);
              switch (field.getKey()) {
                case "blocks" ->
                    checks.same(
                        "blocks", Math.ceilDiv(weight.length, BLOCK), field.getValue().intValue());
                case "max_abs_error" ->
                    checks.close(
                        "max_abs_error", largest(weight, actual.single()), value, tolerance);
                case "rmse" ->
                    checks.close("rmse", rmse(weight, actual.single()), value, tolerance);
                case "rmse_double" ->
                    checks.close("rmse_double", rmse(weight, actual.twice()), value, tolerance);
                case "shape", "source" -> {}
                default -> checks.unchecked("unknown field matrices." + field.getKey());
              }
            });
  }

  private static double largest(float[] a, float[] b) {
    return IntStream.range(0, a.length)
        .mapToDouble(i -> Math.abs((double) a[i] - b[i]))
        .max()
        .orElse(0);
  }

  private static double rmse(float[] a, float[] b) {
    return Math.sqrt(
        IntStream.range(0, a.length)
            .mapToDouble(i -> ((double) a[i] - b[i]) * ((double) a[i] - b[i]))
            .average()
            .orElse(0));
  }
}
