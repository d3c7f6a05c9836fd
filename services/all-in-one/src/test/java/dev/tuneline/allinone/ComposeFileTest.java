package dev.tuneline.allinone;

import static dev.tuneline.allinone.Installation.SERVICES;
import static dev.tuneline.allinone.Installation.at;
import static dev.tuneline.allinone.Installation.list;
import static dev.tuneline.allinone.Installation.map;
import static dev.tuneline.allinone.Installation.port;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ComposeFileTest {
  private static final Map<String, Object> FILE =
      Installation.documents(Installation.root().resolve("docker-compose.yml")).getFirst();

  @Test
  void runsTheFiveServicesWithKafkaAndRedis() {
    Set<String> all = new TreeSet<>(SERVICES);
    all.addAll(Set.of("kafka", "redis"));
    assertThat(map(at(FILE, "services")).keySet()).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void everyContainerIsWatchedAndPinned() {
    map(at(FILE, "services"))
        .forEach(
            (name, container) -> {
              assertThat(list(at(map(container), "healthcheck.test"))).as(name).isNotEmpty();
              assertThat((String) at(map(container), "image"))
                  .as(name)
                  .matches("[a-z/-]+:[0-9].*")
                  .doesNotContain("latest");
            });
  }

  @Test
  void imagesAreThoseOfTheBuild() {
    for (String name : SERVICES) {
      assertThat(at(service(name), "image")).isEqualTo(Installation.image(name));
    }
  }

  @Test
  void healthChecksAskThePortThatTheServiceListensOn() {
    for (String name : SERVICES) {
      assertThat(list(at(service(name), "healthcheck.test")).getLast().toString())
          .as(name)
          .contains("/dev/tcp/127.0.0.1/" + port(name, "http") + " ")
          .contains("GET /health ");
    }
  }

  @Test
  void publishesOnLoopbackWhatTheServiceListensOn() {
    for (String name : SERVICES) {
      for (Object published : list(service(name).getOrDefault("ports", List.of()))) {
        String[] parts = published.toString().split(":", -1);
        assertThat(parts[0]).isEqualTo("127.0.0.1");
        assertThat(Integer.parseInt(parts[2])).isIn(port(name, "http"), port(name, "grpc"));
      }
    }
  }

  @Test
  void everyVariableSetsAConfigurationKey() {
    Set<String> known = Installation.variables();
    for (String name : SERVICES) {
      Map<String, Object> environment = map(at(service(name), "environment"));
      assertThat(environment.keySet())
          .as(name)
          .filteredOn(variable -> variable.startsWith("TUNELINE_"))
          .isSubsetOf(known)
          .contains("TUNELINE_KAFKA_BOOTSTRAP_SERVERS", "TUNELINE_ARTIFACTS_ROOT");
    }
    assertThat(at(service("evaluator"), "environment.TUNELINE_EVALUATOR_GATEWAY_ADDRESS"))
        .isEqualTo("inference-gateway:" + port("inference-gateway", "grpc"));
  }

  @Test
  void servicesAreNotRootAndShareTheArtifacts() {
    Set<String> volumes = map(at(FILE, "volumes")).keySet();
    for (String name : SERVICES) {
      Map<String, Object> service = service(name);
      assertThat(at(service, "user")).as(name).isEqualTo("10001:10001");
      assertThat(at(service, "read_only")).as(name).isEqualTo(true);
      assertThat(list(at(service, "volumes")))
          .as(name)
          .contains("artifacts:/artifacts", "./models:/models:ro");
      assertThat(map(at(service, "depends_on")).keySet()).as(name).contains("kafka");
    }
    map(at(FILE, "services"))
        .forEach(
            (name, container) ->
                list(map(container).getOrDefault("volumes", List.of())).stream()
                    .filter(volume -> volume instanceof String text && !text.startsWith("."))
                    .map(volume -> volume.toString().split(":", -1)[0])
                    .forEach(volume -> assertThat(volumes).as(name).contains(volume)));
  }

  private static Map<String, Object> service(String name) {
    return requireNonNull(map(at(FILE, "services." + name)));
  }
}
