package dev.tuneline.gateway.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * OpenAI's {@code model} object.
 *
 * @param id what clients put into {@code model}
 * @param created Unix time in seconds
 */
@Serdeable
record ModelObject(
    String id, String object, long created, @JsonProperty("owned_by") String ownedBy) {
  static ModelObject of(String id, long created) {
    return new ModelObject(id, "model", created, "tuneline");
  }

  /** OpenAI's {@code list} of models. */
  @Serdeable
  record Page(String object, List<ModelObject> data) {
    static Page of(List<ModelObject> data) {
      return new Page("list", data);
    }
  }
}
