package dev.tuneline.engine.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What Jinja2, as transformers configures it, made of templates is in the resources: an output, or
 * that it failed. Each case adds its variables to those that all of a resource share.
 */
class JinjaTemplateTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Clock NOON =
      Clock.fixed(Instant.parse("2026-07-04T12:34:56Z"), ZoneOffset.UTC);

  /** One template each for what the language has, then templates as models publish them. */
  @ParameterizedTest
  @ValueSource(strings = {"/chat/jinja_cases.json", "/chat/published_templates.json"})
  void rendersAsJinjaDoes(String name) throws IOException {
    JsonNode resource =
        JSON.readTree(Objects.requireNonNull(JinjaTemplateTest.class.getResourceAsStream(name)));
    for (JsonNode expected : resource.required("cases")) {
      Map<String, @Nullable Object> variables = variables(resource.required("variables"));
      variables.putAll(variables(expected.path("variables")));
      check(template(resource, expected), variables, expected);
    }
  }

  private static String template(JsonNode resource, JsonNode expected) {
    return expected.has("template")
        ? expected.path("template").asText()
        : resource.required("templates").required(expected.required("name").asText()).asText();
  }

  private static void check(
      String template, Map<String, @Nullable Object> variables, JsonNode expected) {
    if (expected.has("fails")) {
      TemplateFailure failure =
          catchThrowableOfType(
              TemplateFailure.class, () -> JinjaTemplate.parse(template, NOON).render(variables));
      assertThat(failure).as(template).isNotNull();
      return;
    }
    assertThat(JinjaTemplate.parse(template, NOON).render(variables))
        .as("%s of %s", template, variables)
        .isEqualTo(expected.required("output").asText());
  }

  private static Map<String, @Nullable Object> variables(JsonNode object) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    object
        .properties()
        .forEach(e -> variables.put(e.getKey(), JSON.convertValue(e.getValue(), Object.class)));
    return variables;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{%"
            + " endfor %}",
        "{{ 'x' * 999999999 }}",
        "{{ ('x' * 9999999).replace('x', 'yyyyyyyyyy') }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      })
  void aTemplateThatMakesTooMuchFails(String template) {
    assertThat(
            catchThrowableOfType(
                TemplateFailure.class, () -> JinjaTemplate.parse(template, NOON).render(Map.of())))
        .isNotNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 100_000})
  void bracketsAreReadToABoundedDepth(int depth) {
    String template = "{{ " + "(".repeat(depth) + "1" + ")".repeat(depth) + " }}";
    if (depth < 100) {
      assertThat(JinjaTemplate.parse(template, NOON).render(Map.of())).isEqualTo("1");
    } else {
      assertThat(
              catchThrowableOfType(
                  TemplateFailure.class, () -> JinjaTemplate.parse(template, NOON)))
          .hasMessageContaining("deep");
    }
  }
}
