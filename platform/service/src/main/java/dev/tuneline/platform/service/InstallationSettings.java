package dev.tuneline.platform.service;

import io.micronaut.context.annotation.ConfigurationProperties;
import java.nio.file.Path;

/**
 * What belongs to the installation as a whole.
 *
 * @param data folder that holds everything a process keeps on disk unless configured otherwise
 */
@ConfigurationProperties("tuneline")
public record InstallationSettings(Path data) {}
