package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.engine.tensor.WeightFile;
import dev.tuneline.engine.tensor.WeightFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A loaded Hugging Face-layout model folder: configuration, weights and forward pass.
 *
 * <p>Any number of threads may run it at once while nothing trains its weights. {@link #close}
 * frees the native memory; nothing may use it then.
 */
public final class BaseModel implements AutoCloseable {
  private final Path folder;
  private final ConfigReader config;
  private final Blueprint blueprint;
  private final PtNDManager manager;
  private final Weights weights;
  private final Decoder decoder;
  private @Nullable String digest;

  private BaseModel(
      Path folder, ConfigReader config, Blueprint blueprint, PtNDManager manager, Weights weights) {
    this.folder = folder;
    this.config = config;
    this.blueprint = blueprint;
    this.manager = manager;
    this.weights = weights;
    this.decoder = blueprint.decoder(weights, manager);
    weights.complete();
  }

  /** Loads {@code folder} in fp32. */
  public static BaseModel load(Path folder) {
    return load(folder, Precision.FP32);
  }

  /**
   * Loads {@code folder}: config.json and weights, single or sharded, each widened, rounded or
   * quantised to {@code precision} as it is read.
   *
   * @throws dev.tuneline.errors.Problem UNKNOWN_ARCHITECTURE, MALFORMED_CONFIG, UNSUPPORTED_CONFIG,
   *     WEIGHTS_NOT_FOUND, MALFORMED_SAFETENSORS, WEIGHTS_MISMATCH or NON_FINITE_WEIGHTS
   */
  public static BaseModel load(Path folder, Precision precision) {
    ConfigReader config = ConfigReader.open(folder.resolve("config.json"));
    Blueprint blueprint = Architectures.read(config);
    PtNDManager manager = Torch.newManager();
    try (WeightFiles files = WeightFiles.open(folder)) {
      WeightSource source = new StoredWeights(blueprint, files, manager);
      Weights weights = new Weights(blueprint.weights(), source, precision, manager);
      return new BaseModel(folder, config, blueprint, manager, weights);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /**
   * A model of the sizes in {@code folder}'s config.json that has no values and takes next to no
   * memory: to see what could be trained, and how, without loading it. Its weights' shapes are
   * checked against those in the files.
   *
   * @param precision what it says of itself
   * @throws dev.tuneline.errors.Problem what {@link #load} throws, but NON_FINITE_WEIGHTS
   */
  public static BaseModel outline(Path folder, Precision precision) {
    ConfigReader config = ConfigReader.open(folder.resolve("config.json"));
    Blueprint blueprint = Architectures.read(config);
    PtNDManager manager = Torch.newManager();
    try (WeightFiles files = WeightFiles.open(folder)) {
      StoredWeights.check(blueprint, files);
      WeightSource source = new OutlineWeights(blueprint, manager);
      Weights weights = new Weights(blueprint.weights(), source, precision, manager);
      return new BaseModel(folder, config, blueprint, manager, weights);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /**
   * A model of the sizes in {@code folder}'s config.json with fresh weights drawn from {@code
   * seed}, in fp32.
   */
  public static BaseModel initialise(Path folder, long seed) {
    ConfigReader config = ConfigReader.open(folder.resolve("config.json"));
    Blueprint blueprint = Architectures.read(config);
    PtNDManager manager = Torch.newManager();
    WeightSource source = new FreshWeights(blueprint, seed, manager);
    Weights weights = new Weights(blueprint.weights(), source, Precision.FP32, manager);
    BaseModel model = new BaseModel(folder, config, blueprint, manager, weights);
    model.digest = "fresh-%d-%s".formatted(seed, FolderDigest.of(List.of(config.file())));
    return model;
  }

  public Path folder() {
    return folder;
  }

  /** The {@code model_type} of its config.json. */
  public String modelType() {
    return config.text("model_type");
  }

  public ModelShape shape() {
    return blueprint.shape();
  }

  /** How its weights are held. */
  public Precision precision() {
    return weights.precision();
  }

  public Decoder decoder() {
    return decoder;
  }

  public Weights weights() {
    return weights;
  }

  /** The native memory owner that lives as long as this model. */
  public PtNDManager manager() {
    return manager;
  }

  /** Number of weights, tied ones counted once. */
  public long parameterCount() {
    return weights.shapes().values().stream()
        .mapToLong(dims -> dims.stream().reduce(1L, Math::multiplyExact))
        .sum();
  }

  /** Ids that end a turn, of generation_config.json if it names any, else of config.json. */
  public Set<Integer> eosIds() {
    Path generation = folder.resolve("generation_config.json");
    if (Files.isRegularFile(generation)) {
      ConfigReader reader = ConfigReader.open(generation);
      if (reader.has("eos_token_id")) {
        return eosIds(reader);
      }
    }
    return eosIds(config);
  }

  private static Set<Integer> eosIds(ConfigReader config) {
    Set<Integer> ids = new TreeSet<>();
    JsonNode node = config.root().path("eos_token_id");
    if (node.isInt()) {
      ids.add(node.intValue());
    }
    for (JsonNode id : node) {
      ids.add(id.intValue());
    }
    return ids;
  }

  /**
   * SHA-256 over config.json and the weight files as they were loaded, in hex; what an adapter
   * records of its base. Reads the files on the first call.
   */
  public synchronized String digest() {
    if (digest == null) {
      List<Path> files = new ArrayList<>(List.of(folder.resolve("config.json")));
      try (WeightFiles weightFiles = WeightFiles.open(folder)) {
        weightFiles.files().stream().map(WeightFile::path).sorted().forEach(files::add);
      }
      digest = FolderDigest.of(files);
    }
    return digest;
  }

  @Override
  public void close() {
    manager.close();
  }
}
