package dev.tuneline.platform.service;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.rpc.HttpProblem;
import io.micronaut.context.annotation.Primary;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.Error;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import io.micronaut.serde.annotation.SerdeImport;
import jakarta.inject.Singleton;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives every failed HTTP request OpenAI's error shape, whoever noticed the failure. */
@Primary
@Singleton
@SerdeImport(HttpProblem.Body.class)
@SerdeImport(HttpProblem.Detail.class)
final class HttpErrors
    implements ErrorResponseProcessor<HttpProblem.Body>,
        ExceptionHandler<Problem, HttpResponse<HttpProblem.Body>> {
  private static final Logger log = LoggerFactory.getLogger(HttpErrors.class);

  @Override
  @SuppressWarnings("rawtypes") // so Micronaut declares it
  public HttpResponse<HttpProblem.Body> handle(HttpRequest request, Problem problem) {
    if (problem.fault() == Fault.OURS) {
      log.error(
          "{} {} failed: {}", request.getMethod(), request.getPath(), problem.describe(), problem);
    }
    return fill(HttpResponse.ok(), HttpProblem.of(problem));
  }

  @Override
  public MutableHttpResponse<HttpProblem.Body> processResponse(
      ErrorContext context, MutableHttpResponse<?> response) {
    Problem known =
        context
            .getRootCause()
            .map(GrpcProblems::fromFailure)
            .filter(HttpErrors::isSorted)
            .orElse(null);
    HttpProblem answer =
        known == null
            ? HttpProblem.of(noticed(context, response.code()), response.code())
            : HttpProblem.of(known);
    return fill(response, answer);
  }

  /** Whether it was sorted before it came here, by us or by another service. */
  private static boolean isSorted(Problem problem) {
    return !problem.reason().equals("INTERNAL");
  }

  /** What Micronaut itself noticed: no such path, malformed JSON, a body that is too large. */
  private static Problem noticed(ErrorContext context, int status) {
    String message =
        context.getErrors().stream().map(Error::getMessage).collect(Collectors.joining("; "));
    if (status >= 500) {
      return Problem.ours("INTERNAL", message, null);
    }
    HttpRequest<?> request = context.getRequest();
    return switch (status) {
      case 404 ->
          Problem.caller("PATH_NOT_FOUND", "there is nothing at " + request.getPath())
              .mend("see the API reference for the paths");
      case 405 ->
          Problem.caller(
              "HTTP_METHOD_NOT_ALLOWED",
              request.getPath() + " does not take " + request.getMethodName());
      case 413 -> Problem.caller("REQUEST_TOO_LARGE", message);
      case 415 -> Problem.caller("UNSUPPORTED_MEDIA_TYPE", message);
      default -> Problem.caller("BAD_REQUEST", message);
    };
  }

  private static MutableHttpResponse<HttpProblem.Body> fill(
      MutableHttpResponse<?> response, HttpProblem problem) {
    problem
        .retryAfterSeconds()
        .ifPresent(s -> response.header(HttpHeaders.RETRY_AFTER, Long.toString(s)));
    return response
        .status(problem.status())
        .contentType(MediaType.APPLICATION_JSON_TYPE)
        .body(problem.body());
  }
}
