package dev.tuneline.platform.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

class TestServersIT {
  @Test
  void theBrokerIsRealAndShared() throws Exception {
    assertThat(TestServers.kafka()).isSameAs(TestServers.kafka());
    String topic = TestServers.unique("topic");
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", TestServers.kafka().bootstrapServers()))) {
      admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1))).all().get();
      assertThat(admin.describeTopics(List.of(topic)).allTopicNames().get().values())
          .extracting(made -> made.partitions().size())
          .containsExactly(3);
    }
  }

  @Test
  void theRedisIsRealAndShared() throws Exception {
    assertThat(TestServers.redis()).isSameAs(TestServers.redis());
    URI uri = URI.create(TestServers.redis().uri());
    try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      assertThat(new String(in.readNBytes(5), StandardCharsets.US_ASCII)).isEqualTo("+PONG");
    }
  }

  @Test
  void uniqueNamesAreLegalTopicNames() {
    assertThat(TestServers.unique("jobs")).matches("jobs-[0-9a-f]{8}");
    assertThat(TestServers.unique("jobs")).isNotEqualTo(TestServers.unique("jobs"));
  }
}
