package dev.tuneline.platform.testing;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.testcontainers.DockerClientFactory;

/** Tells whether a container can serve, and says once why or why not. */
final class Docker {
  private static final String PROPERTY = "tuneline.test.servers";

  private Docker() {}

  static boolean usableFor(String image, Logger log) {
    String wish = System.getProperty(PROPERTY, "auto");
    return switch (wish) {
      case "embedded" -> {
        log.info("embedded server instead of {}: {}=embedded", image, PROPERTY);
        yield false;
      }
      case "containers" -> {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
          throw new IllegalStateException(PROPERTY + "=containers, but no Docker engine answers");
        }
        log.info("container of {}: {}=containers", image, PROPERTY);
        yield true;
      }
      case "auto" -> {
        String obstacle = obstacle(image);
        if (obstacle.isEmpty()) {
          log.info("container of {}: a Docker engine answers and has the image", image);
        } else {
          log.info("embedded server instead of {}: {}", image, obstacle);
        }
        yield obstacle.isEmpty();
      }
      default ->
          throw new IllegalArgumentException(
              PROPERTY + " must be auto, embedded or containers, not " + wish);
    };
  }

  private static String obstacle(String image) {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      return "no Docker engine answers";
    }
    try {
      DockerClientFactory.lazyClient().inspectImageCmd(image).exec();
      return "";
    } catch (NotFoundException e) {
      return "the Docker engine does not have the image";
    }
  }

  /** Publishes the container's ports to this machine only. */
  static void bindToLoopback(CreateContainerCmd command) {
    ExposedPort[] exposed = command.getExposedPorts();
    HostConfig host = command.getHostConfig();
    if (exposed == null || host == null) {
      throw new IllegalStateException("a test server without ports");
    }
    List<PortBinding> bindings = new ArrayList<>();
    for (ExposedPort port : exposed) {
      bindings.add(new PortBinding(Ports.Binding.bindIp("127.0.0.1"), port));
    }
    host.withPortBindings(bindings);
  }
}
