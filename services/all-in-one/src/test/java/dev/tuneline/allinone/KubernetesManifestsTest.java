package dev.tuneline.allinone;

import static dev.tuneline.allinone.Installation.SERVICES;
import static dev.tuneline.allinone.Installation.at;
import static dev.tuneline.allinone.Installation.list;
import static dev.tuneline.allinone.Installation.map;
import static dev.tuneline.allinone.Installation.port;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KubernetesManifestsTest {
  private static final Path FOLDER = Installation.root().resolve("deploy/kubernetes");
  private static final Map<String, String> API_VERSIONS =
      Map.of(
          "Namespace", "v1",
          "ConfigMap", "v1",
          "PersistentVolumeClaim", "v1",
          "Service", "v1",
          "StatefulSet", "apps/v1",
          "Deployment", "apps/v1");

  private final List<Map<String, Object>> objects = objects();

  @Test
  void everyFileIsListedAndOfAKnownKind() throws IOException {
    Map<String, Object> list =
        Installation.documents(FOLDER.resolve("kustomization.yaml")).getFirst();
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> !name.equals("kustomization.yaml"))
          .containsExactlyInAnyOrderElementsOf(
              list(at(list, "resources")).stream().map(Object::toString).toList());
    }
    Set<String> names = new HashSet<>();
    for (Map<String, Object> object : objects) {
      assertThat(API_VERSIONS).containsEntry(kind(object), (String) at(object, "apiVersion"));
      assertThat(names.add(kind(object) + "/" + name(object))).isTrue();
      if (!kind(object).equals("Namespace")) {
        assertThat(at(object, "metadata.namespace")).isEqualTo("tuneline");
      }
    }
  }

  @Test
  void theFiveServicesListenWhereTheirConfigurationSays() {
    for (String name : SERVICES) {
      Map<String, Object> container = container(object("Deployment", name));
      assertThat(at(container, "image")).isEqualTo(Installation.image(name));
      assertThat(at(container, "ports.0.containerPort")).isEqualTo(port(name, "http"));
      assertThat(at(container, "ports.1.containerPort")).isEqualTo(port(name, "grpc"));
      Map<String, Object> service = object("Service", name);
      assertThat(at(service, "spec.ports.0.port")).isEqualTo(port(name, "http"));
      assertThat(at(service, "spec.ports.1.port")).isEqualTo(port(name, "grpc"));
      assertThat(at(container, "readinessProbe.httpGet.path")).isEqualTo("/health");
      assertThat(at(container, "envFrom.0.configMapRef.name")).isEqualTo("tuneline");
    }
  }

  @Test
  void everyWorkloadIsProbedBoundedPinnedAndNotRoot() {
    for (Map<String, Object> workload : workloads()) {
      Map<String, Object> pod = map(at(workload, "spec.template.spec"));
      Map<String, Object> container = container(workload);
      String name = name(workload);
      assertThat(at(pod, "securityContext.runAsNonRoot")).as(name).isEqualTo(true);
      assertThat((Integer) at(pod, "securityContext.runAsUser")).as(name).isPositive();
      assertThat(at(pod, "securityContext.seccompProfile.type")).isEqualTo("RuntimeDefault");
      assertThat(at(container, "securityContext.allowPrivilegeEscalation")).isEqualTo(false);
      assertThat(list(at(container, "securityContext.capabilities.drop"))).containsExactly("ALL");
      for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
        assertThat(container).as(name).containsKey(probe);
      }
      for (String bound : List.of("requests.cpu", "requests.memory", "limits.memory")) {
        assertThat(at(container, "resources." + bound)).as(name).isNotNull();
      }
      assertThat((String) at(container, "image")).matches("[a-z/-]+:[0-9].*");
    }
  }

  @Test
  void selectorsFindTheirPods() {
    for (Map<String, Object> workload : workloads()) {
      Map<String, Object> labels = map(at(workload, "spec.template.metadata.labels"));
      assertThat(labels).containsAllEntriesOf(map(at(workload, "spec.selector.matchLabels")));
      Map<String, Object> service = object("Service", name(workload));
      assertThat(labels).containsAllEntriesOf(map(at(service, "spec.selector")));
      List<Object> names =
          list(at(container(workload), "ports")).stream()
              .map(port -> at(map(port), "name"))
              .toList();
      for (Object port : list(at(service, "spec.ports"))) {
        assertThat(names).contains(at(map(port), "targetPort"));
      }
    }
  }

  @Test
  void everyMountHasItsVolumeAndEveryClaimExists() {
    for (Map<String, Object> workload : workloads()) {
      Map<String, Object> pod = map(at(workload, "spec.template.spec"));
      Set<Object> volumes = new HashSet<>();
      for (Object volume : list(pod.getOrDefault("volumes", List.of()))) {
        volumes.add(at(map(volume), "name"));
        if (map(volume).containsKey("persistentVolumeClaim")) {
          object(
              "PersistentVolumeClaim", (String) at(map(volume), "persistentVolumeClaim.claimName"));
        }
      }
      for (Object claim :
          list(map(at(workload, "spec")).getOrDefault("volumeClaimTemplates", List.of()))) {
        volumes.add(at(map(claim), "metadata.name"));
      }
      Set<Object> mounted = new HashSet<>();
      for (Object mount : list(at(container(workload), "volumeMounts"))) {
        mounted.add(at(map(mount), "name"));
      }
      assertThat(mounted).as(name(workload)).isEqualTo(volumes);
    }
  }

  @Test
  void everyVariableSetsAConfigurationKey() {
    Map<String, Object> data = map(at(object("ConfigMap", "tuneline"), "data"));
    assertThat(data.keySet())
        .filteredOn(key -> key.startsWith("TUNELINE_"))
        .isNotEmpty()
        .isSubsetOf(Installation.variables());
    assertThat(data)
        .containsEntry("TUNELINE_KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")
        .containsEntry(
            "TUNELINE_EVALUATOR_GATEWAY_ADDRESS",
            "inference-gateway:" + port("inference-gateway", "grpc"));
    object("Service", "kafka");
    object("Service", "redis");
  }

  private static List<Map<String, Object>> objects() {
    List<Map<String, Object>> objects = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      files
          .filter(file -> !file.endsWith("kustomization.yaml"))
          .sorted()
          .forEach(file -> objects.addAll(Installation.documents(file)));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return objects;
  }

  private List<Map<String, Object>> workloads() {
    List<Map<String, Object>> workloads =
        objects.stream()
            .filter(object -> "apps/v1".equals(API_VERSIONS.get(kind(object))))
            .toList();
    assertThat(workloads).hasSize(SERVICES.size() + 2);
    return workloads;
  }

  private Map<String, Object> object(String kind, String name) {
    return objects.stream()
        .filter(object -> kind(object).equals(kind) && name(object).equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no " + kind + " " + name));
  }

  private static Map<String, Object> container(Map<String, Object> workload) {
    return map(at(workload, "spec.template.spec.containers.0"));
  }

  private static String kind(Map<String, Object> object) {
    return (String) at(object, "kind");
  }

  private static String name(Map<String, Object> object) {
    return (String) at(object, "metadata.name");
  }
}
