package dev.tuneline.platform.service;

import io.micronaut.context.annotation.ConfigurationProperties;

/**
 * Which Kafka cluster is used, and how.
 *
 * @param bootstrapServers {@code host:port}, separated by commas
 * @param namespace put in front of every topic and group name; empty for a cluster of its own
 * @param replication copies of each partition of topics that are created; -1 takes the cluster's
 *     default
 * @param startTimeoutMs how long a start waits for the cluster before it fails
 */
@ConfigurationProperties("tuneline.kafka")
public record KafkaSettings(
    String bootstrapServers, String namespace, short replication, int startTimeoutMs) {}
