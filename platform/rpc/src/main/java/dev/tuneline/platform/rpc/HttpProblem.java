package dev.tuneline.platform.rpc;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A problem as an HTTP answer in OpenAI's shape.
 *
 * @param status the HTTP status code
 * @param retryAfterMs when the same request may be repeated, for statuses 429 and 503
 * @param body what stands in the answer as JSON
 */
public record HttpProblem(int status, OptionalLong retryAfterMs, Body body) {
  /** {@code {"error": {...}}}. */
  public record Body(Detail error) {}

  /**
   * What OpenAI's clients read, and our details.
   *
   * @param message a sentence with the mend
   * @param type e.g. {@code invalid_request_error}, {@code rate_limit_error}, {@code server_error}
   * @param code the problem's reason in lower case
   * @param param the field that is wrong; null (and present in the JSON) if it is no single one
   * @param details the problem's details
   */
  public record Detail(
      String message,
      String type,
      String code,
      @Nullable String param,
      Map<String, String> details) {}

  /** The answer for a problem. */
  public static HttpProblem of(Problem problem) {
    Meaning meaning = Meaning.of(problem);
    return of(problem, meaning.httpStatus());
  }

  /** The answer for a problem with a status that the HTTP layer has chosen, such as 405. */
  public static HttpProblem of(Problem problem, int status) {
    String mend = problem.details().get(Problem.MEND);
    boolean retry = problem.fault() == Fault.EXHAUSTED || status == 503;
    return new HttpProblem(
        status,
        retry ? OptionalLong.of(GrpcProblems.retryAfterMs(problem)) : OptionalLong.empty(),
        new Body(
            new Detail(
                mend == null ? problem.message() : problem.message() + ": " + mend,
                Meaning.of(problem).httpType(),
                problem.reason().toLowerCase(Locale.ROOT),
                problem.details().get(Problem.FIELD),
                problem.details())));
  }

  /** Whole seconds for the Retry-After header, at least 1. */
  public OptionalLong retryAfterSeconds() {
    return retryAfterMs.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(1, Math.ceilDiv(retryAfterMs.getAsLong(), 1_000)));
  }
}
