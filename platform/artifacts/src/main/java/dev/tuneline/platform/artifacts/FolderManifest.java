package dev.tuneline.platform.artifacts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tuneline.errors.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The files of a stored folder, sorted by the UTF-8 bytes of their paths.
 *
 * <p>Its JSON is canonical: {@code [{"path":"a/b","sha256":"...","size":1},...]} in UTF-8, keys in
 * this order, no white space. Equal folders therefore have equal bytes and equal digests.
 */
public record FolderManifest(List<Entry> files) {
  private static final JsonFactory JSON = new JsonFactory();

  private static final Comparator<String> BY_UTF8 =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  /**
   * One file.
   *
   * @param path relative, with {@code /} between its parts, none of which is empty, {@code .} or
   *     {@code ..}
   * @param sha256 lower-case hexadecimal digest of the bytes
   * @param sizeBytes number of bytes
   */
  public record Entry(String path, String sha256, long sizeBytes) {
    /** Checks that the path stays below the folder. */
    public Entry {
      for (String part : path.split("/", -1)) {
        if (part.isEmpty() || part.equals(".") || part.equals("..")) {
          throw invalid("path leaves the folder: " + path);
        }
      }
      if (path.indexOf('\\') >= 0 || path.indexOf('\0') >= 0) {
        throw invalid("path holds a backslash or a zero character: " + path);
      }
      if (!Refs.isSha256(sha256)) {
        throw invalid("sha256 of " + path + " is not 64 lower-case hexadecimal digits");
      }
      if (sizeBytes < 0) {
        throw invalid("size of " + path + " is negative");
      }
    }
  }

  /** Sorts the files and refuses two that cannot stand side by side. */
  public FolderManifest {
    files = files.stream().sorted(Comparator.comparing(Entry::path, BY_UTF8)).toList();
    Set<String> paths = new HashSet<>();
    for (Entry file : files) {
      if (!paths.add(file.path())) {
        throw invalid("two files have the path " + file.path());
      }
    }
    for (Entry file : files) {
      for (int i = file.path().indexOf('/'); i >= 0; i = file.path().indexOf('/', i + 1)) {
        if (paths.contains(file.path().substring(0, i))) {
          throw invalid("a file is also the folder of " + file.path());
        }
      }
    }
  }

  /** The canonical JSON. */
  public byte[] toJson() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartArray();
      for (Entry file : files) {
        json.writeStartObject();
        json.writeStringField("path", file.path());
        json.writeStringField("sha256", file.sha256());
        json.writeNumberField("size", file.sizeBytes());
        json.writeEndObject();
      }
      json.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads canonical JSON; anything else is a Problem ARTIFACT_FOLDER_INVALID.
   *
   * @param maxFiles the most entries that are read
   */
  public static FolderManifest fromJson(byte[] bytes, int maxFiles) {
    List<Entry> files = new ArrayList<>();
    try (JsonParser json = JSON.createParser(bytes)) {
      require(json.nextToken() == JsonToken.START_ARRAY);
      while (json.nextToken() == JsonToken.START_OBJECT) {
        if (files.size() == maxFiles) {
          throw StoreProblems.tooManyFiles(maxFiles);
        }
        String path = text(json, "path");
        String sha256 = text(json, "sha256");
        require("size".equals(json.nextFieldName()));
        require(json.nextToken() == JsonToken.VALUE_NUMBER_INT);
        files.add(new Entry(path, sha256, json.getLongValue()));
        require(json.nextToken() == JsonToken.END_OBJECT);
      }
    } catch (IOException e) {
      throw invalid("it is not JSON").causedBy(e);
    }
    FolderManifest manifest = new FolderManifest(files);
    require(Arrays.equals(bytes, manifest.toJson()));
    return manifest;
  }

  private static String text(JsonParser json, String key) throws IOException {
    require(key.equals(json.nextFieldName()));
    String value = json.nextTextValue();
    if (value == null) {
      throw invalid(key + " is not a string");
    }
    return value;
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw invalid("it is not in canonical form");
    }
  }

  private static Problem invalid(String why) {
    return Problem.caller("ARTIFACT_FOLDER_INVALID", "not a folder's manifest: " + why)
        .mend("store the folder again and refer to the new manifest");
  }
}
