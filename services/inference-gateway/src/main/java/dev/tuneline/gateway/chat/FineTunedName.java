package dev.tuneline.gateway.chat;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a job's adapter: {@code ft:BASE:SUFFIX:ID}.
 *
 * @param base name of the base model
 * @param suffix as the job's owner chose it; may be empty
 * @param jobId the job
 */
public record FineTunedName(String base, String suffix, String jobId) {
  private static final Pattern FORM = Pattern.compile("ft:([^:]+):([^:]*):(.+)");

  /** The parts of {@code name}, or empty when it is not of this form. */
  public static Optional<FineTunedName> parse(String name) {
    Matcher matcher = FORM.matcher(name);
    return matcher.matches()
        ? Optional.of(new FineTunedName(matcher.group(1), matcher.group(2), matcher.group(3)))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "ft:" + base + ":" + suffix + ":" + jobId;
  }
}
