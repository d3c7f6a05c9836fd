package dev.tuneline.engine.pretraining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.chat.ExampleEncoder.TrainedTurns;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.errors.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What a model is pre-trained on.
 *
 * @param texts plain texts, trained whole
 * @param chats conversations, of which the assistant's turns are trained
 */
record Corpus(List<TrainingExample> texts, List<TrainingExample> chats) {
  private static final ObjectMapper JSON = new ObjectMapper();

  Corpus {
    texts = List.copyOf(texts);
    chats = List.copyOf(chats);
  }

  /**
   * Reads {@code plain.jsonl} ({@code text}) and {@code chat.jsonl} ({@code messages} of {@code
   * role} and {@code content}) of a folder.
   */
  static Corpus read(Path folder, ExampleEncoder encoder) {
    return new Corpus(
        lines(folder.resolve("plain.jsonl"), line -> encoder.text(line.path("text").asText())),
        lines(
            folder.resolve("chat.jsonl"),
            line -> encoder.conversation(messages(line), TrainedTurns.ALL)));
  }

  private static List<ChatMessage> messages(JsonNode line) {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode message : line.path("messages")) {
      messages.add(
          new ChatMessage(message.path("role").asText(), message.path("content").asText()));
    }
    return messages;
  }

  private static List<TrainingExample> lines(Path file, Function<JsonNode, EncodedExample> encode) {
    List<TrainingExample> examples = new ArrayList<>();
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        EncodedExample example = encode.apply(JSON.readTree(line));
        examples.add(new TrainingExample(example.inputIds(), example.labels()));
      }
    } catch (JsonProcessingException e) {
      throw Problem.caller("BAD_JSON", "line %d is not valid JSON".formatted(examples.size() + 1))
          .at(Problem.FILE, file)
          .at(Problem.LINE, examples.size() + 1)
          .mend("generate the corpus again")
          .causedBy(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return examples;
  }
}
