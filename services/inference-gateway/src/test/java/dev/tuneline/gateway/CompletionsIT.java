package dev.tuneline.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.tuneline.engine.generation.Scorer;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.proto.v1.ChatRequest;
import dev.tuneline.proto.v1.ChatResponse;
import dev.tuneline.proto.v1.CompleteRequest;
import dev.tuneline.proto.v1.CompleteResponse;
import dev.tuneline.proto.v1.InferenceServiceGrpc;
import dev.tuneline.proto.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import dev.tuneline.proto.v1.SamplingOptions;
import dev.tuneline.proto.v1.TextPrompt;
import dev.tuneline.proto.v1.TokenIds;
import dev.tuneline.proto.v1.TokenLogprob;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text completions and log-probabilities at both doors. */
class CompletionsIT {
  private static final String TEXT = "The tenant 您好🙂";
  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestGateway gateway;
  private static HttpClient client;
  private static InferenceServiceBlockingStub inference;

  @BeforeAll
  static void start(@TempDir Path folder) {
    gateway = TestGateway.start(folder, 3, 64);
    client = HttpClient.newHttpClient();
    inference = InferenceServiceGrpc.newBlockingStub(gateway.channel());
  }

  @AfterAll
  static void stop() {
    client.close();
    gateway.close();
  }

  /** What evaluation harnesses send: token ids, echo, and one token that they throw away. */
  @Test
  void anEchoedPromptIsScored() throws Exception {
    List<List<Integer>> prompts = List.of(ids(TEXT), ids("Who pays for it?"));
    JsonNode answer =
        complete(
            """
            {"model":"qwen2-tied","prompt":%s,"echo":true,"logprobs":1,"max_tokens":1,"temperature":0}\
            """
                .formatted(prompts));

    for (int i = 0; i < prompts.size(); i++) {
      List<Integer> ids = prompts.get(i);
      JsonNode choice = answer.path("choices").path(i);
      assertThat(choice.path("index").asInt()).isEqualTo(i);
      JsonNode logprobs = choice.path("logprobs");
      for (String list : List.of("tokens", "token_logprobs", "top_logprobs", "text_offset")) {
        assertThat(logprobs.path(list)).as(list).hasSize(ids.size() + 1);
      }
      assertThat(logprobs.path("token_logprobs").get(0).isNull()).isTrue();
      assertThat(logprobs.path("top_logprobs").get(0).isNull()).isTrue();
      List<Double> expected =
          new Scorer(gateway.base().model())
              .score(
                  List.of(
                      new Scorer.Completion(ids.subList(0, 1), ids.subList(1, ids.size()), null)))
              .getFirst()
              .logProbs();
      for (int t = 0; t < expected.size(); t++) {
        double logprob = logprobs.path("token_logprobs").get(t + 1).doubleValue();
        assertThat(logprob).isCloseTo(expected.get(t), within(1e-5));
        List<Double> tops = new ArrayList<>();
        logprobs.path("top_logprobs").get(t + 1).forEach(top -> tops.add(top.doubleValue()));
        assertThat(tops).contains(logprob).hasSizeBetween(1, 2);
      }
      // The greedy token is the likeliest one.
      JsonNode last = logprobs.path("top_logprobs").get(ids.size());
      assertThat(last).hasSize(1);
      assertThat(last.elements().next()).isEqualTo(logprobs.path("token_logprobs").get(ids.size()));
    }
    JsonNode usage = answer.path("usage");
    assertThat(usage.path("prompt_tokens").asInt())
        .isEqualTo(prompts.get(0).size() + prompts.get(1).size());
    assertThat(usage.path("completion_tokens").asInt()).isEqualTo(2);
  }

  @Test
  void thePromptAloneIsAnAnswerToo() throws Exception {
    JsonNode answer =
        complete(
            """
            {"model":"qwen2-tied","prompt":"%s","echo":true,"logprobs":0,"max_tokens":0}"""
                .formatted(TEXT));
    JsonNode choice = answer.path("choices").path(0);
    assertThat(choice.path("text").asText()).isEqualTo(TEXT);
    assertThat(choice.path("finish_reason").asText()).isEqualTo("length");
    assertThat(choice.path("logprobs").path("tokens")).hasSize(ids(TEXT).size());
    assertThat(choice.path("logprobs").path("top_logprobs").get(3)).hasSize(1);
    assertThat(answer.path("usage").path("completion_tokens").asInt()).isZero();
    assertThat(answer.path("usage").path("total_tokens").asInt()).isEqualTo(ids(TEXT).size());
    // Offsets point at characters, also where a token is a part of one.
    List<String> tokens = new ArrayList<>();
    choice.path("logprobs").path("tokens").forEach(token -> tokens.add(token.asText()));
    assertThat(tokens).anyMatch(token -> token.startsWith("bytes:\\x"));
    for (int i = 0; i < tokens.size(); i++) {
      int offset =
          TEXT.offsetByCodePoints(0, choice.path("logprobs").path("text_offset").get(i).asInt());
      if (!tokens.get(i).startsWith("bytes:")) {
        assertThat(TEXT.substring(offset)).startsWith(tokens.get(i));
      }
    }
    JsonNode plain =
        complete(
            """
            {"model":"qwen2-tied","prompt":["a","b"],"echo":true,"max_tokens":0,"n":2}""");
    assertThat(plain.path("choices").findValuesAsText("text")).containsExactly("a", "a", "b", "b");
    assertThat(plain.path("choices").path(0).get("logprobs").isNull()).isTrue();
  }

  @Test
  void aStreamCarriesTheSameCompletions() throws Exception {
    String body =
        """
        {"model":"qwen2-tied","prompt":["Who pays","%s"],"n":2,"seed":3,"temperature":1.5,"top_p":1,\
        "top_k":0,"max_tokens":12,"logprobs":2,"echo":true"""
            .formatted(TEXT);
    JsonNode whole = complete(body + "}");
    assertThat(whole.path("object").asText()).isEqualTo("text_completion");
    assertThat(whole.path("id").asText()).startsWith("cmpl-");
    assertThat(whole.path("choices")).hasSize(4);
    assertThat(whole.path("usage").path("prompt_tokens").asInt())
        .isEqualTo(ids("Who pays").size() + ids(TEXT).size());

    List<JsonNode> chunks =
        stream(body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");

    assertThat(chunks.getLast().path("choices")).isEmpty();
    assertThat(chunks.getLast().path("usage")).isEqualTo(whole.path("usage"));
    for (int i = 0; i < 4; i++) {
      JsonNode choice = whole.path("choices").path(i);
      StringBuilder text = new StringBuilder();
      List<String> tokens = new ArrayList<>();
      List<Integer> offsets = new ArrayList<>();
      String finish = "";
      for (JsonNode chunk : chunks) {
        JsonNode part = chunk.path("choices").path(0);
        if (part.path("index").asInt(-1) == i) {
          text.append(part.path("text").asText());
          part.path("logprobs").path("tokens").forEach(t -> tokens.add(t.asText()));
          part.path("logprobs").path("text_offset").forEach(o -> offsets.add(o.asInt()));
          finish += part.path("finish_reason").asText("");
        }
      }
      assertThat(text.toString()).isEqualTo(choice.path("text").asText());
      assertThat(text.toString()).startsWith(i < 2 ? "Who pays" : TEXT);
      assertThat(tokens).isEqualTo(strings(choice.path("logprobs").path("tokens")));
      assertThat(offsets).isSorted();
      assertThat(finish).isEqualTo(choice.path("finish_reason").asText());
    }
    // Choices come as they are made, not one after the other.
    List<Integer> order =
        chunks.stream()
            .map(chunk -> chunk.path("choices").path(0).path("index").asInt(-1))
            .toList();
    assertThat(order.indexOf(1)).isLessThan(order.lastIndexOf(0));
  }

  @Test
  void aCompletionStopsBeforeAStopStringAndSoDoItsLogProbabilities() throws Exception {
    String greedy =
        """
        {"model":"qwen2-tied","prompt":"Who pays","temperature":0,"repetition_penalty":1,"max_tokens":12,\
        "logprobs":0""";
    JsonNode whole = complete(greedy + "}").path("choices").path(0);
    String text = whole.path("text").asText();
    String stop = text.substring(3, 5);
    JsonNode stopped =
        complete(greedy + ",\"stop\":" + JSON.writeValueAsString(List.of(stop)) + "}")
            .path("choices")
            .path(0);
    assertThat(stopped.path("text").asText()).isEqualTo(text.substring(0, text.indexOf(stop)));
    assertThat(stopped.path("finish_reason").asText()).isEqualTo("stop");
    int length = stopped.path("text").asText().codePointCount(0, text.indexOf(stop));
    JsonNode offsets = stopped.path("logprobs").path("text_offset");
    assertThat(offsets).isNotEmpty();
    offsets.forEach(offset -> assertThat(offset.asInt()).isLessThan(Math.max(1, length)));
  }

  @Test
  void chatsTellHowLikelyTheirTokensAre() throws Exception {
    String body =
        """
        {"model":"qwen2-tied","messages":[{"role":"user","content":"Who pays?"}],"temperature":0,\
        "max_tokens":10,"logprobs":true,"top_logprobs":3,"logit_bias":{"300":-100}""";
    JsonNode choice = post("/v1/chat/completions", body + "}").path("choices").path(0);
    JsonNode content = choice.path("logprobs").path("content");
    assertThat(choice.path("logprobs").get("refusal").isNull()).isTrue();
    assertThat(content).hasSize(10);
    ByteString.Output bytes = ByteString.newOutput();
    for (JsonNode token : content) {
      token.path("bytes").forEach(each -> bytes.write(each.asInt()));
      assertThat(token.path("logprob").doubleValue()).isNegative();
      assertThat(token.path("top_logprobs")).hasSize(3);
      assertThat(token.path("top_logprobs").get(0).path("token").asText()).isNotEmpty();
      assertThat(token.path("top_logprobs").get(0).path("logprob").doubleValue())
          .isGreaterThanOrEqualTo(token.path("logprob").doubleValue());
    }
    assertThat(bytes.toByteString().toStringUtf8())
        .isEqualTo(choice.path("message").path("content").asText());

    List<JsonNode> streamed = new ArrayList<>();
    for (JsonNode chunk : stream("/v1/chat/completions", body + ",\"stream\":true}")) {
      chunk.path("choices").path(0).path("logprobs").path("content").forEach(streamed::add);
    }
    assertThat(streamed).isEqualTo(new ArrayList<>(elements(content)));
  }

  @Test
  void biasesAndPenaltiesChangeTheAnswer() throws Exception {
    String body =
        """
        {"model":"qwen2-tied","prompt":"Who pays","temperature":0,"repetition_penalty":1,"max_tokens":12,\
        "logprobs":1""";
    JsonNode plain = complete(body + "}");
    String first = plain.path("choices").path(0).path("logprobs").path("tokens").get(0).asText();
    int id = ids(first).getFirst();
    assertThat(ids(first)).hasSize(1);
    JsonNode without = complete(body + ",\"logit_bias\":{\"" + id + "\":-100}}");
    assertThat(tokens(without)).doesNotContain(first);
    JsonNode only = complete(body + ",\"logit_bias\":{\"" + id + "\":100}}");
    assertThat(tokens(only)).containsOnly(first);
    // A bias that lets the token come twice, but not against a penalty of 2 for the first.
    JsonNode logprobs = only.path("choices").path(0).path("logprobs");
    double likeliest = 0;
    for (JsonNode top : logprobs.path("top_logprobs").get(1)) {
      likeliest = Math.max(likeliest == 0 ? -100 : likeliest, top.doubleValue());
    }
    double bias = 1 + likeliest - logprobs.path("token_logprobs").get(1).doubleValue();
    String biased = body + ",\"logit_bias\":{\"" + id + "\":" + bias + "}";
    assertThat(tokens(complete(biased + "}")).subList(0, 2)).containsOnly(first);
    for (String field : List.of("presence_penalty", "frequency_penalty")) {
      List<String> penalised = tokens(complete(biased + ",\"" + field + "\":2}"));
      assertThat(penalised.get(0)).isEqualTo(first);
      assertThat(penalised.get(1)).isNotEqualTo(first);
    }
  }

  @Test
  void bothDoorsGiveTheSame() throws Exception {
    CompleteRequest request =
        CompleteRequest.newBuilder()
            .setModel(TestGateway.BASE)
            .addPrompts(TextPrompt.newBuilder().setText(TEXT))
            .addPrompts(
                TextPrompt.newBuilder().setTokens(TokenIds.newBuilder().addAllIds(ids("Who"))))
            .setSampling(SamplingOptions.newBuilder().setTemperature(1).setSeed(5).setMaxTokens(9))
            .setN(2)
            .setTopLogprobs(1)
            .setEcho(true)
            .build();
    List<StringBuilder> texts =
        List.of(new StringBuilder(), new StringBuilder(), new StringBuilder(), new StringBuilder());
    List<TokenLogprob> logprobs = new ArrayList<>();
    int finished = 0;
    for (Iterator<CompleteResponse> parts = inference.complete(request); parts.hasNext(); ) {
      CompleteResponse part = parts.next();
      texts.get(part.getIndex()).append(part.getText());
      if (part.getIndex() == 0) {
        logprobs.addAll(part.getLogprobsList());
      }
      finished += part.hasFinish() ? 1 : 0;
    }
    JsonNode http =
        complete(
            """
            {"model":"qwen2-tied","prompt":["%s","Who"],"n":2,"seed":5,"temperature":1,"max_tokens":9,\
            "logprobs":1,"echo":true}"""
                .formatted(TEXT));
    assertThat(finished).isEqualTo(4);
    assertThat(texts.stream().map(StringBuilder::toString).toList())
        .isEqualTo(http.path("choices").findValuesAsText("text"));
    assertThat(logprobs.getFirst().hasLogprob()).isFalse();
    assertThat(logprobs)
        .extracting(TokenLogprob::getTextOffset)
        .isEqualTo(ints(http.path("choices").path(0).path("logprobs").path("text_offset")));
    assertThat(logprobs.subList(1, logprobs.size()))
        .allSatisfy(token -> assertThat(token.getTopCount()).isEqualTo(1));
  }

  @Test
  void aChatOverGrpcGivesSeveralAnswersWithLogProbabilities() {
    ChatRequest.Builder request = TestChats.request(TestGateway.BASE, "Choose.").toBuilder();
    request.setN(3).setTopLogprobs(2);
    request.getSamplingBuilder().setTemperature(1.2).setSeed(11);
    List<List<TokenLogprob>> tokens =
        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    List<StringBuilder> texts =
        List.of(new StringBuilder(), new StringBuilder(), new StringBuilder());
    for (Iterator<ChatResponse> parts = inference.chat(request.build()); parts.hasNext(); ) {
      ChatResponse part = parts.next();
      tokens.get(part.getIndex()).addAll(part.getLogprobsList());
      texts.get(part.getIndex()).append(part.getText());
    }
    assertThat(texts).extracting(StringBuilder::toString).doesNotHaveDuplicates();
    for (int i = 0; i < 3; i++) {
      request.clearN();
      request.getSamplingBuilder().setSeed(11 + i);
      StringBuilder alone = new StringBuilder();
      inference.chat(request.build()).forEachRemaining(part -> alone.append(part.getText()));
      assertThat(texts.get(i).toString()).isEqualTo(alone.toString());
      assertThat(tokens.get(i)).allSatisfy(token -> assertThat(token.getTopCount()).isEqualTo(2));
      assertThat(
              tokens.get(i).stream()
                  .filter(token -> !token.getEndOfTurn())
                  .map(TokenLogprob::getToken)
                  .collect(Collectors.reducing(ByteString.EMPTY, ByteString::concat))
                  .toStringUtf8())
          .isEqualTo(texts.get(i).toString());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"model\":\"m\"}|missing_field|prompt",
        "{\"model\":\"m\",\"prompt\":5}|invalid_type|prompt",
        "{\"model\":\"m\",\"prompt\":[1,\"a\"]}|invalid_type|prompt",
        "{\"model\":\"m\",\"prompt\":[1.5]}|invalid_type|prompt",
        "{\"model\":\"qwen2-tied\",\"prompt\":[]}|invalid_value|prompt",
        "{\"model\":\"qwen2-tied\",\"prompt\":\"\"}|invalid_value|prompt",
        "{\"model\":\"qwen2-tied\",\"prompt\":[[1],[608]]}|invalid_value|prompt",
        "{\"model\":\"qwen2-tied\",\"prompt\":[-1]}|invalid_value|prompt",
        "{\"model\":\"m\",\"prompt\":\"a\",\"max_tokens\":0}|invalid_value|max_tokens",
        "{\"model\":\"m\",\"prompt\":\"a\",\"logprobs\":21}|invalid_value|logprobs",
        "{\"model\":\"m\",\"prompt\":\"a\",\"logprobs\":true}|invalid_type|logprobs",
        "{\"model\":\"m\",\"prompt\":\"a\",\"n\":0}|invalid_value|n",
        "{\"model\":\"m\",\"prompt\":\"a\",\"best_of\":3}|unsupported_parameter|best_of",
        "{\"model\":\"m\",\"prompt\":\"a\",\"suffix\":\"b\"}|unsupported_parameter|suffix",
        "{\"model\":\"m\",\"prompt\":\"a\",\"stream_options\":{}}|invalid_value|stream_options",
      })
  void aBadRequestIsRefusedWithItsParameter(String body, String code, String param)
      throws Exception {
    HttpResponse<String> response = send("/v1/completions", body);
    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode error = JSON.readTree(response.body()).path("error");
    assertThat(error.path("code").asText()).isEqualTo(code);
    assertThat(error.path("param").asText()).isEqualTo(param);
  }

  @Test
  void aPromptMayFillTheContextWhenNothingFollows() throws Exception {
    String full = Arrays.toString(new int[256]);
    assertThat(
            complete(
                    "{\"model\":\"qwen2-tied\",\"echo\":true,\"max_tokens\":0,\"logprobs\":0,\"prompt\":"
                        + full
                        + "}")
                .path("usage")
                .path("prompt_tokens")
                .asInt())
        .isEqualTo(256);
    HttpResponse<String> more =
        send("/v1/completions", "{\"model\":\"qwen2-tied\",\"prompt\":" + full + "}");
    assertThat(JSON.readTree(more.body()).path("error").path("code").asText())
        .isEqualTo("context_length_exceeded");
  }

  @Test
  void whatIsOutOfRangeIsNamedOverGrpcToo() {
    CompleteRequest good =
        CompleteRequest.newBuilder()
            .setModel(TestGateway.BASE)
            .addPrompts(TextPrompt.newBuilder().setText("a"))
            .setSampling(SamplingOptions.newBuilder().setMaxTokens(1))
            .build();
    expect(good.toBuilder().clearPrompts().build(), "prompt");
    expect(good.toBuilder().addPrompts(TextPrompt.getDefaultInstance()).build(), "prompt");
    expect(good.toBuilder().setN(9).build(), "n");
    expect(good.toBuilder().setN(-1).build(), "n");
    expect(good.toBuilder().setTopLogprobs(21).build(), "top_logprobs");
    expect(good.toBuilder().setTopLogprobs(-1).build(), "top_logprobs");
    expect(good.toBuilder().setPromptOnly(true).build(), "prompt_only");
    expect(
        good.toBuilder()
            .setSampling(SamplingOptions.newBuilder().putLogitBias(608, 1).build())
            .build(),
        "logit_bias");
  }

  private static void expect(CompleteRequest request, String field) {
    Problem problem =
        GrpcProblems.fromFailure(catchThrowable(() -> inference.complete(request).next()));
    assertThat(problem.details()).containsEntry(Problem.FIELD, field);
  }

  private static List<String> tokens(JsonNode answer) {
    return strings(answer.path("choices").path(0).path("logprobs").path("tokens"));
  }

  private static List<Integer> ids(String text) {
    Tokenizer tokenizer = gateway.base().tokenizer();
    return Arrays.stream(tokenizer.encode(text, true)).boxed().toList();
  }

  private static JsonNode complete(String body) throws Exception {
    return post("/v1/completions", body);
  }

  private static JsonNode post(String path, String body) throws Exception {
    HttpResponse<String> response = send(path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  private static HttpResponse<String> send(String path, String body) throws Exception {
    return client.send(request(path, body), BodyHandlers.ofString());
  }

  private static HttpRequest request(String path, String body) {
    return HttpRequest.newBuilder(gateway.http(path))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private static List<JsonNode> stream(String body) throws Exception {
    return stream("/v1/completions", body);
  }

  private static List<JsonNode> stream(String path, String body) throws Exception {
    List<String> events =
        client
            .send(request(path, body), BodyHandlers.ofLines())
            .body()
            .filter(line -> !line.isEmpty())
            .map(line -> line.substring("data: ".length()))
            .toList();
    assertThat(events.getLast()).isEqualTo("[DONE]");
    List<JsonNode> chunks = new ArrayList<>();
    for (String event : events.subList(0, events.size() - 1)) {
      chunks.add(JSON.readTree(event));
    }
    return chunks;
  }

  private static List<JsonNode> elements(JsonNode array) {
    List<JsonNode> elements = new ArrayList<>();
    array.forEach(elements::add);
    return elements;
  }

  private static List<String> strings(JsonNode array) {
    return elements(array).stream().map(JsonNode::asText).toList();
  }

  private static List<Integer> ints(JsonNode array) {
    return elements(array).stream().map(JsonNode::asInt).toList();
  }
}
