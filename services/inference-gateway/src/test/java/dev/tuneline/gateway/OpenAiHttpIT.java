package dev.tuneline.gateway;

import static dev.tuneline.gateway.TestGateway.target;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.gateway.answering.EngineLoop;
import dev.tuneline.proto.v1.Adapter;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OpenAI's HTTP shapes over a real client. */
class OpenAiHttpIT {
  private static final int QUEUE_LIMIT = 2;
  private static final String GREEDY =
      "\"temperature\":0,\"max_tokens\":12,\"messages\":[{\"role\":\"user\",\"content\":\"Who"
          + " pays?\"}]";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static TestGateway gateway;
  private static HttpClient client;

  @BeforeAll
  static void start(@TempDir Path folder) {
    gateway = TestGateway.start(folder, 2, QUEUE_LIMIT);
    client = HttpClient.newHttpClient();
  }

  @AfterAll
  static void stop() {
    client.close();
    gateway.close();
  }

  @Test
  void aCompletionHasEveryFieldThatClientsRead() throws Exception {
    HttpResponse<String> response = post("{\"model\":\"qwen2-tied\"," + GREEDY + "}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type").orElse(""))
        .startsWith("application/json");
    JsonNode answer = JSON.readTree(response.body());
    assertThat(names(answer))
        .containsExactlyInAnyOrder(
            "id", "object", "created", "model", "choices", "usage", "system_fingerprint");
    assertThat(answer.path("id").asText()).startsWith("chatcmpl-");
    assertThat(answer.path("object").asText()).isEqualTo("chat.completion");
    assertThat(answer.path("created").isIntegralNumber()).isTrue();
    assertThat(answer.path("model").asText()).isEqualTo("qwen2-tied");
    JsonNode choice = answer.path("choices").path(0);
    assertThat(names(choice))
        .containsExactlyInAnyOrder("index", "message", "logprobs", "finish_reason");
    assertThat(choice.path("logprobs").isNull()).isTrue();
    assertThat(choice.path("finish_reason").asText()).isEqualTo("length");
    assertThat(choice.path("message").path("role").asText()).isEqualTo("assistant");
    assertThat(choice.path("message").path("content").asText()).isNotEmpty();
    assertThat(choice.path("message").get("refusal").isNull()).isTrue();
    JsonNode usage = answer.path("usage");
    assertThat(usage.path("completion_tokens").asInt()).isEqualTo(12);
    assertThat(usage.path("total_tokens").asInt())
        .isEqualTo(usage.path("prompt_tokens").asInt() + 12);
  }

  @Test
  void aStreamCarriesTheSameAnswerInChunks() throws Exception {
    String whole = content(post("{\"model\":\"qwen2-tied\"," + GREEDY + "}"));

    HttpResponse<Stream<String>> response =
        client.send(
            request("{\"model\":\"qwen2-tied\",\"stream\":true," + GREEDY + "}"),
            BodyHandlers.ofLines());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type").orElse(""))
        .startsWith("text/event-stream");
    List<String> events = events(response.body());
    assertThat(events.getLast()).isEqualTo("[DONE]");
    List<JsonNode> chunks = chunks(events);
    assertThat(chunks).allSatisfy(c -> assertThat(c.has("usage")).isFalse());
    assertThat(chunks).extracting(c -> c.path("id").asText()).containsOnly(id(chunks));
    assertThat(chunks)
        .extracting(c -> c.path("object").asText())
        .containsOnly("chat.completion.chunk");
    assertThat(delta(chunks.getFirst()).path("role").asText()).isEqualTo("assistant");
    assertThat(chunks.getFirst().path("choices").path(0).get("finish_reason").isNull()).isTrue();
    assertThat(delta(chunks.getLast())).isEmpty();
    assertThat(chunks.getLast().path("choices").path(0).path("finish_reason").asText())
        .isEqualTo("length");
    assertThat(text(chunks, 0)).isEqualTo(whole);
    assertThat(chunks.size()).isGreaterThan(4);
  }

  @Test
  void aStreamEndsWithTheUsageForThoseWhoAsk() throws Exception {
    HttpResponse<Stream<String>> response =
        client.send(
            request(
                "{\"model\":\"qwen2-tied\",\"stream\":true,"
                    + "\"stream_options\":{\"include_usage\":true},"
                    + GREEDY
                    + "}"),
            BodyHandlers.ofLines());

    List<JsonNode> chunks = chunks(events(response.body()));

    assertThat(chunks.subList(0, chunks.size() - 1))
        .allSatisfy(chunk -> assertThat(chunk.get("usage").isNull()).isTrue());
    assertThat(chunks.getLast().path("choices")).isEmpty();
    assertThat(chunks.getLast().path("usage").path("completion_tokens").asInt()).isEqualTo(12);
  }

  @Test
  void severalAnswersComeWithTheirIndex() throws Exception {
    String sampled =
        "{\"model\":\"qwen2-tied\",\"n\":2,\"seed\":5,\"temperature\":1,\"max_completion_tokens\":8,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Who"
            + " \"},{\"type\":\"text\",\"text\":\"pays?\"}]}]";
    JsonNode whole = JSON.readTree(post(sampled + "}").body());
    HttpResponse<Stream<String>> response =
        client.send(request(sampled + ",\"stream\":true}"), BodyHandlers.ofLines());
    List<JsonNode> chunks = chunks(events(response.body()));

    for (int i = 0; i < 2; i++) {
      JsonNode choice = whole.path("choices").path(i);
      assertThat(choice.path("index").asInt()).isEqualTo(i);
      assertThat(text(chunks, i)).isEqualTo(choice.path("message").path("content").asText());
    }
    assertThat(text(chunks, 0)).isNotEqualTo(text(chunks, 1));
  }

  @Test
  void stopMayBeOneStringOrSeveral() throws Exception {
    String whole = content(post("{\"model\":\"qwen2-tied\"," + GREEDY + "}"));
    String stop = JSON.writeValueAsString(whole.substring(4, 6));
    String before = whole.substring(0, whole.indexOf(whole.substring(4, 6)));

    HttpResponse<String> one =
        post("{\"model\":\"qwen2-tied\",\"stop\":" + stop + "," + GREEDY + "}");
    HttpResponse<String> several =
        post("{\"model\":\"qwen2-tied\",\"stop\":[\"zzzz\"," + stop + "]," + GREEDY + "}");

    assertThat(content(one)).isEqualTo(before);
    assertThat(content(several)).isEqualTo(before);
    assertThat(JSON.readTree(one.body()).path("choices").path(0).path("finish_reason").asText())
        .isEqualTo("stop");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"model\":                                                   |400|malformed_json|",
        "[]                                                            |400|invalid_type|",
        "{\"model\":\"m\",\"messages\":[]}                            |400|invalid_value|messages",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}        |400|missing_field|model",
        "{\"model\":7,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}|400|invalid_type|model",
        "{\"model\":\"m\"}                                             |400|missing_field|messages",
        "{\"model\":\"m\",\"messages\":\"hi\"}                         |400|invalid_type|messages",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":5}]}|400|invalid_type|messages[0].content",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"temperature\":\"hot\"}|400|invalid_type|temperature",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":1.5}|400|invalid_type|max_tokens",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"stop\":[1]}|400|invalid_type|stop",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"top_p\":2}|400|invalid_value|top_p",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"top_logprobs\":2}|400|invalid_value|top_logprobs",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logprobs\":true,\"top_logprobs\":21}|400|invalid_value|top_logprobs",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"n\":9}|400|invalid_value|n",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logit_bias\":{\"a\":1}}|400|invalid_value|logit_bias",
        "{\"model\":\"qwen2-tied\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logit_bias\":{\"5\":101}}|400|invalid_sampling|logit_bias",
        "{\"model\":\"qwen2-tied\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logit_bias\":{\"608\":1}}|400|invalid_sampling|logit_bias",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"presence_penalty\":3}|400|invalid_value|presence_penalty",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"min_p\":2}|400|invalid_value|min_p",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"tools\":[{}]}|400|unsupported_parameter|tools",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"functions\":[{}]}|400|unsupported_parameter|functions",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}|404|model_not_found|model",
        "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}|404|model_not_found|model",
      })
  void aBadRequestIsRefusedWithItsParameter(String body, int status, String code, String param)
      throws Exception {
    HttpResponse<String> response = post(body);

    assertThat(response.statusCode()).isEqualTo(status);
    JsonNode error = JSON.readTree(response.body()).path("error");
    assertThat(error.path("code").asText()).isEqualTo(code);
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("message").asText()).isNotEmpty();
    assertThat(error.path("param").asText()).isEqualTo(param == null ? "null" : param);
  }

  @Test
  void aConversationBeyondTheContextIsRefusedWithTheNumbers() throws Exception {
    String body =
        "{\"model\":\"qwen2-tied\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\""
            + "so long ".repeat(200)
            + "\"}]}";
    HttpResponse<String> response = post(body);
    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode error = JSON.readTree(response.body()).path("error");
    assertThat(error.path("code").asText()).isEqualTo("context_length_exceeded");
    assertThat(error.path("message").asText()).contains("256");
  }

  @Test
  void modelsAreListedAndFoundByTheirNames() throws Exception {
    Adapter adapter = gateway.adapter();
    gateway.deploy("legal", target(adapter, 100));
    await().until(() -> get("/v1/models").body().contains("\"legal\""));

    JsonNode page = JSON.readTree(get("/v1/models").body());
    assertThat(page.path("object").asText()).isEqualTo("list");
    assertThat(page.path("data").path(0).path("id").asText()).isEqualTo("qwen2-tied");
    assertThat(names(page.path("data").path(0)))
        .containsExactlyInAnyOrder("id", "object", "created", "owned_by");
    assertThat(JSON.readTree(get("/v1/models/legal").body()).path("object").asText())
        .isEqualTo("model");
    HttpResponse<String> unknown = get("/v1/models/nothing");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(JSON.readTree(unknown.body()).path("error").path("code").asText())
        .isEqualTo("model_not_found");
  }

  @Test
  void beyondTheQueueLimitTheAnswerIs429WithARetryDelay() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> queued = new ArrayList<>();
    try (var _ = gateway.new Stall()) {
      for (int i = 0; i < QUEUE_LIMIT; i++) {
        queued.add(
            client.sendAsync(
                request("{\"model\":\"qwen2-tied\"," + GREEDY + "}"), BodyHandlers.ofString()));
      }
      await().until(() -> gateway.base().loop().waiting() == QUEUE_LIMIT);

      HttpResponse<String> full = post("{\"model\":\"qwen2-tied\",\"stream\":true," + GREEDY + "}");

      assertThat(full.statusCode()).isEqualTo(429);
      assertThat(full.headers().firstValueAsLong("retry-after").orElse(0)).isPositive();
      assertThat(JSON.readTree(full.body()).path("error").path("code").asText())
          .isEqualTo("queue_full");
    }
    for (CompletableFuture<HttpResponse<String>> answer : queued) {
      assertThat(answer.join().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aClosedStreamFreesItsPlace() throws Exception {
    EngineLoop loop = gateway.base().loop();
    long before = loop.abandoned();
    String endless =
        "{\"model\":\"qwen2-tied\",\"stream\":true,\"n\":2,\"temperature\":0,"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"Go on.\"}]}";
    InputStream stream = client.send(request(endless), BodyHandlers.ofInputStream()).body();
    assertThat(new String(stream.readNBytes(5), UTF_8)).isEqualTo("data:");
    try (var _ = gateway.new Stall()) {
      stream.close();
      await().until(() -> loop.unwanted() == 2);
    }
    await().until(() -> loop.abandoned() == before + 2);
  }

  @Test
  void aClosedConnectionWithoutStreamFreesItsPlace() {
    EngineLoop loop = gateway.base().loop();
    long before = loop.abandoned();
    try (var _ = gateway.new Stall()) {
      CompletableFuture<HttpResponse<String>> answer =
          client.sendAsync(
              request("{\"model\":\"qwen2-tied\"," + GREEDY + "}"), BodyHandlers.ofString());
      await().until(() -> loop.waiting() == 1);
      answer.cancel(true);
      await().until(() -> loop.unwanted() == 1);
    }
    await().until(() -> loop.abandoned() == before + 1);
  }

  @Test
  void healthSaysWhenItIsReady() throws Exception {
    HttpResponse<String> ready = get("/health/readiness");
    assertThat(ready.statusCode()).isEqualTo(200);
    assertThat(ready.body()).contains("inference-gateway");
  }

  private static HttpRequest request(String body) {
    return HttpRequest.newBuilder(gateway.http("/v1/chat/completions"))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private static HttpResponse<String> post(String body) throws Exception {
    return client.send(request(body), BodyHandlers.ofString());
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return client.send(HttpRequest.newBuilder(gateway.http(path)).build(), BodyHandlers.ofString());
  }

  private static String content(HttpResponse<String> response) throws Exception {
    return JSON.readTree(response.body())
        .path("choices")
        .path(0)
        .path("message")
        .path("content")
        .asText();
  }

  private static List<String> events(Stream<String> lines) {
    return lines
        .filter(line -> !line.isEmpty())
        .peek(line -> assertThat(line).startsWith("data: "))
        .map(line -> line.substring("data: ".length()))
        .toList();
  }

  private static List<JsonNode> chunks(List<String> events) throws Exception {
    List<JsonNode> chunks = new ArrayList<>();
    for (String event : events.subList(0, events.size() - 1)) {
      chunks.add(JSON.readTree(event));
    }
    return chunks;
  }

  private static JsonNode delta(JsonNode chunk) {
    return chunk.path("choices").path(0).path("delta");
  }

  private static String id(List<JsonNode> chunks) {
    return chunks.getFirst().path("id").asText();
  }

  private static String text(List<JsonNode> chunks, int index) {
    StringBuilder text = new StringBuilder();
    for (JsonNode chunk : chunks) {
      if (chunk.path("choices").path(0).path("index").asInt() == index) {
        text.append(delta(chunk).path("content").asText(""));
      }
    }
    return text.toString();
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
