package dev.tuneline.platform.service;

import dev.tuneline.platform.events.KafkaClients;
import io.micronaut.context.annotation.ConfigurationProperties;

/**
 * Which Kafka cluster is used, and how.
 *
 * @param bootstrapServers {@code host:port}, separated by commas
 * @param namespace put in front of every topic and group name; empty for a cluster of its own
 * @param replication copies of each partition of topics that are created; -1 takes the cluster's
 *     default
 * @param startTimeoutMs how long a start waits for the cluster before it fails
 * @param sessionTimeoutMs how long a killed process keeps its share of the work; not below the
 *     cluster's {@code group.min.session.timeout.ms}
 */
@ConfigurationProperties("tuneline.kafka")
public record KafkaSettings(
    String bootstrapServers,
    String namespace,
    short replication,
    int startTimeoutMs,
    int sessionTimeoutMs) {
  KafkaClients.Patience patience() {
    return new KafkaClients.Patience(
        sessionTimeoutMs, KafkaClients.Patience.standard().pollIntervalMs());
  }
}
