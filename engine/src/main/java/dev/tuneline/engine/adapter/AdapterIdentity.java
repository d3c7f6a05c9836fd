package dev.tuneline.engine.adapter;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The digest that names an adapter: equal exactly when weights, configuration, base model and chat
 * template are. Where the folder lies, and notes for people in it, do not matter.
 */
public final class AdapterIdentity {
  /** Keys of adapter_config.json that say where something came from, not what it computes. */
  private static final Set<String> NOTES =
      Set.of(
          "base_model_name_or_path",
          "tokenizer_name_or_path",
          "revision",
          "peft_version",
          "auto_mapping");

  private static final ObjectMapper JSON = new ObjectMapper();

  private AdapterIdentity() {}

  /**
   * SHA-256, in lower-case hex, over the digests of the weights' bytes and of the canonical
   * configuration (keys sorted, no white space, no notes), the base model's and the template's.
   *
   * @param folder an adapter in PEFT's layout
   * @param baseDigest as {@link dev.tuneline.engine.arch.BaseModel#digest} gives it
   * @param templateDigest as {@link dev.tuneline.engine.chat.ChatTemplate#digest} gives it
   * @throws Problem MALFORMED_ADAPTER when the folder lacks a file or its configuration is not JSON
   */
  public static String of(Path folder, String baseDigest, String templateDigest) {
    MessageDigest identity = sha256();
    for (String part :
        new String[] {
          digest(AdapterFiles.weights(folder)),
          hex(sha256().digest(canonicalConfig(folder.resolve(AdapterFiles.CONFIG)))),
          baseDigest,
          templateDigest
        }) {
      identity.update(part.getBytes(UTF_8));
      identity.update((byte) '\n');
    }
    return hex(identity.digest());
  }

  private static byte[] canonicalConfig(Path file) {
    try {
      JsonNode config = JSON.readTree(Files.readAllBytes(file));
      if (!config.isObject()) {
        throw malformed(file, "it is not a JSON object", null);
      }
      Map<String, Object> kept = new TreeMap<>();
      for (Map.Entry<String, JsonNode> entry : config.properties()) {
        if (!NOTES.contains(entry.getKey())) {
          kept.put(entry.getKey(), sorted(entry.getValue()));
        }
      }
      return JSON.writeValueAsBytes(kept);
    } catch (IOException e) {
      throw malformed(file, e.getMessage(), e);
    }
  }

  /** Objects with their keys in order, at every depth; the order of lists has a meaning. */
  private static Object sorted(JsonNode node) {
    if (node.isObject()) {
      Map<String, Object> entries = new TreeMap<>();
      node.properties().forEach(entry -> entries.put(entry.getKey(), sorted(entry.getValue())));
      return entries;
    }
    if (node.isArray()) {
      return node.valueStream().map(AdapterIdentity::sorted).toList();
    }
    return node;
  }

  private static String digest(Path file) {
    MessageDigest sha256 = sha256();
    byte[] block = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        sha256.update(block, 0, n);
      }
    } catch (IOException e) {
      throw malformed(file, e.getMessage(), e);
    }
    return hex(sha256.digest());
  }

  private static Problem malformed(Path file, @Nullable String why, @Nullable Exception cause) {
    Problem problem =
        Problem.caller("MALFORMED_ADAPTER", "not an adapter folder in PEFT's layout: " + why)
            .at(Problem.FILE, file)
            .mend("give a folder with " + AdapterFiles.CONFIG + " and " + AdapterFiles.WEIGHTS);
    return cause == null ? problem : problem.causedBy(cause);
  }

  private static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
