package dev.tuneline.platform.service.probe;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.util.List;
import java.util.Map;

/** Settings of every shape. */
@ConfigurationProperties("tuneline.probe")
public record ProbeSettings(
    String greeting,
    @Bindable(defaultValue = "5") int patienceMs,
    List<String> names,
    Map<String, String> tags) {}
