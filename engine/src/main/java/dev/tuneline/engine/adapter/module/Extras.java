package dev.tuneline.engine.adapter.module;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is trained beside the targets.
 *
 * @param bias which biases
 * @param modulesToSave modules that are trained whole: those whose names end so
 */
public record Extras(Bias bias, List<String> modulesToSave) {
  /** PEFT's {@code bias}. */
  public enum Bias {
    NONE,
    ALL,
    LORA_ONLY
  }

  public Extras {
    modulesToSave = List.copyOf(modulesToSave);
  }

  /** Reads {@code bias} and {@code modules_to_save}. */
  public static Extras parse(MethodOptions options) {
    @Nullable String bias = options.text("bias");
    return new Extras(
        switch (bias == null ? "none" : bias) {
          case "none" -> Bias.NONE;
          case "all" -> Bias.ALL;
          case "lora_only" -> Bias.LORA_ONLY;
          default -> throw MethodOptions.bad("bias", "must be none, all or lora_only");
        },
        options.texts("modules_to_save"));
  }

  /** Whether {@code module} is trained whole; it is then no target. */
  boolean save(String module) {
    return modulesToSave.stream().anyMatch(module::endsWith);
  }

  /** Writes both options. */
  public void write(ObjectNode json) {
    json.put("bias", bias.name().toLowerCase(Locale.ROOT));
    writeModulesToSave(json);
  }

  /** Writes {@code modules_to_save}. */
  public void writeModulesToSave(ObjectNode json) {
    if (modulesToSave.isEmpty()) {
      json.putNull("modules_to_save");
    } else {
      modulesToSave.forEach(json.putArray("modules_to_save")::add);
    }
  }
}
