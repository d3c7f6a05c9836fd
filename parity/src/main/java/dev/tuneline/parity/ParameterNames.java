package dev.tuneline.parity;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.tensor.SafetensorsFile;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * One name for a parameter, whether it comes from PEFT's modules, from PEFT's files or from us.
 *
 * <p>PEFT's modules carry the adapter's name and wrap saved modules; its files do not.
 */
final class ParameterNames {
  private ParameterNames() {}

  static String plain(String name) {
    String plain = name.replace(".modules_to_save", "").replace(".default", "");
    return plain.endsWith(".lora_magnitude_vector.weight")
        ? plain.substring(0, plain.length() - ".weight".length())
        : plain;
  }

  /** What {@code tunable} trains. */
  static SequencedMap<String, PtNDArray> of(Tunable tunable) {
    SequencedMap<String, PtNDArray> parameters = new LinkedHashMap<>();
    tunable.parameters().forEach((name, array) -> parameters.put(plain(name), array));
    return parameters;
  }

  /** The names in {@code file} by their one name. */
  static Map<String, String> of(SafetensorsFile file) {
    Map<String, String> names = new LinkedHashMap<>();
    file.tensors().keySet().forEach(name -> names.put(plain(name), name));
    return names;
  }
}
