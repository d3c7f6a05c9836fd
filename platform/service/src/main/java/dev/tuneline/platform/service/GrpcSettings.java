package dev.tuneline.platform.service;

import io.micronaut.context.annotation.ConfigurationProperties;

/**
 * Where gRPC listens.
 *
 * @param host address of an interface; loopback unless configured otherwise
 * @param port 0 takes a free one
 */
@ConfigurationProperties("tuneline.grpc")
public record GrpcSettings(String host, int port) {}
