package dev.tuneline.ingest;

import com.google.protobuf.Message;
import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.projection.RedisConnection;
import java.time.Duration;

/**
 * Tells a repeated request from another one under the same idempotency key, for as long as Redis
 * remembers. What the key stands for does not depend on it; see {@link Ids}.
 */
public final class Repeats {
  private final RedisConnection redis;
  private final String prefix;
  private final Duration timeToLive;

  /**
   * @param prefix of the keys in Redis
   */
  public Repeats(RedisConnection redis, String prefix, Duration timeToLive) {
    this.redis = redis;
    this.prefix = prefix;
    this.timeToLive = timeToLive;
  }

  /**
   * Notes a request under its key.
   *
   * @throws Problem IDEMPOTENCY_KEY_CONFLICT when the key was used for another request
   */
  public void check(String call, String idempotencyKey, Message request) {
    if (idempotencyKey.isEmpty()) {
      return;
    }
    String digest = Ids.digest(request.toByteArray());
    String key = prefix + "idempotency:" + call + ":" + Ids.digest(idempotencyKey);
    if (!redis.putIfAbsent(key, digest, timeToLive).equals(digest)) {
      throw Problem.caller(
              "IDEMPOTENCY_KEY_CONFLICT", "the idempotency key was used for another request")
          .at(Problem.FIELD, "idempotency_key")
          .mend("repeat the request unchanged, or take a new key");
    }
  }
}
