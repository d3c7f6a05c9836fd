package dev.tuneline.platform.events;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.Map;

/**
 * Rows in JSON as others write them: a cell may be any value, as in a JSON Lines file. A number or
 * a flag becomes its text, a list or an object its JSON text, and null an empty cell.
 */
final class RowJson {
  private RowJson() {}

  /**
   * The same JSON with texts for cells; what is no JSON object is left for others to complain of.
   */
  static String withTextCells(String json) {
    try {
      return JsonParser.parseString(json) instanceof JsonObject row
              && row.get("cells") instanceof JsonObject cells
          ? withTexts(row, cells)
          : json;
    } catch (JsonParseException | StackOverflowError e) {
      return json; // no JSON, or nested without end: whoever reads it next says so
    }
  }

  private static String withTexts(JsonObject row, JsonObject cells) {
    for (Map.Entry<String, JsonElement> cell : cells.entrySet()) {
      JsonElement value = cell.getValue();
      String text =
          value.isJsonNull()
              ? ""
              : value.isJsonPrimitive() ? value.getAsString() : value.toString();
      cell.setValue(new JsonPrimitive(text));
    }
    return row.toString();
  }
}
