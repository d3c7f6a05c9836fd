package dev.tuneline.engine.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.tensor.DType;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.TensorEntry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * An adapter's identity: SHA-256 over its weights, its canonical configuration, and the digests of
 * its base model and template.
 *
 * <p>The order of tensors and keys, white space, and the keys that say where a base lies or who
 * wrote the file do not count.
 */
public final class AdapterDigest {
  private static final Set<String> NOT_IDENTITY =
      Set.of("base_model_name_or_path", "revision", "inference_mode", "peft_version");

  private static final ObjectMapper CANONICAL =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  private AdapterDigest() {}

  /** The digest of a PEFT adapter folder, in lower-case hex. */
  public static String of(Path folder, String baseDigest, String templateDigest) {
    MessageDigest sha256 = sha256();
    update(sha256, baseDigest);
    update(sha256, templateDigest);
    update(sha256, canonical(ConfigReader.open(folder.resolve("adapter_config.json")).root()));
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
      for (Map.Entry<String, TensorEntry> tensor : new TreeMap<>(file.tensors()).entrySet()) {
        DType dtype = tensor.getValue().dtype();
        update(sha256, tensor.getKey() + " " + dtype + " " + tensor.getValue().dims());
        sha256.update(file.bytes(tensor.getKey()).asByteBuffer());
      }
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static String canonical(JsonNode config) {
    Map<String, Object> sorted = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : config.properties()) {
      if (!NOT_IDENTITY.contains(field.getKey())) {
        sorted.put(field.getKey(), CANONICAL.convertValue(field.getValue(), Object.class));
      }
    }
    return CANONICAL.valueToTree(sorted).toString();
  }

  /** Length first, so that neighbouring parts cannot trade bytes. */
  private static void update(MessageDigest sha256, String part) {
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    sha256.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
