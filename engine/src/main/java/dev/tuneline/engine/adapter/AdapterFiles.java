package dev.tuneline.engine.adapter;

import dev.tuneline.engine.tensor.WeightFile;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;

/** The files of an adapter folder in PEFT's layout. */
public final class AdapterFiles {
  /** Where the adapter's configuration stands. */
  public static final String CONFIG = "adapter_config.json";

  /** Where weights are written; older folders hold {@code adapter_model.bin} instead. */
  public static final String WEIGHTS = "adapter_model.safetensors";

  private AdapterFiles() {}

  /**
   * The file that holds the folder's weights: safetensors, or what older PEFT wrote.
   *
   * @throws Problem MALFORMED_ADAPTER when there is neither
   */
  public static Path weights(Path folder) {
    return WeightFile.find(folder, "adapter_model")
        .orElseThrow(
            () ->
                Problem.caller(
                        "MALFORMED_ADAPTER",
                        "there is neither adapter_model.safetensors nor adapter_model.bin")
                    .at(Problem.FILE, folder.resolve(WEIGHTS))
                    .mend("give a folder with " + CONFIG + " and " + WEIGHTS));
  }

  /** Opens them; see {@link #weights} and {@link WeightFile#open}. */
  public static WeightFile openWeights(Path folder) {
    return WeightFile.open(weights(folder));
  }
}
