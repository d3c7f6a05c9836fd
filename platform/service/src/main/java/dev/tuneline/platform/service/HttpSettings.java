package dev.tuneline.platform.service;

import io.micronaut.context.annotation.ConfigurationProperties;

/**
 * Where HTTP listens.
 *
 * @param host address of an interface; loopback unless configured otherwise
 * @param port -1 takes a free one
 */
@ConfigurationProperties("tuneline.http")
public record HttpSettings(String host, int port) {}
