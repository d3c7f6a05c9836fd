package dev.tuneline.ingest.projection;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.Base16;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The process's connection to Redis, which reconnects by itself. Safe for use by several threads.
 *
 * <p>Every method fails with REDIS_UNAVAILABLE when Redis does not answer in time.
 */
public final class RedisConnection implements AutoCloseable {
  private final RedisClient client;
  private final StatefulRedisConnection<String, byte[]> connection;
  private final String uri;

  /**
   * Connects.
   *
   * @param uri e.g. {@code redis://127.0.0.1:6379}
   * @param timeout how long an answer may take
   */
  public RedisConnection(String uri, Duration timeout) {
    RedisURI parsed = RedisURI.create(uri);
    parsed.setTimeout(timeout);
    this.uri = parsed.getHost() + ":" + parsed.getPort();
    this.client = RedisClient.create(parsed);
    try {
      this.connection = client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
    } catch (RedisException e) {
      client.shutdown();
      throw unavailable(e);
    }
  }

  /** A script that Redis runs without interruption by others. */
  record Script(String text, String digest) {
    Script(String text) {
      this(text, Base16.digest(text.getBytes(UTF_8)));
    }
  }

  /** Runs a script and returns its list of answers; null stands for a missing value. */
  List<@Nullable Object> run(Script script, String[] keys, byte[]... values) {
    return asking(
        () -> {
          try {
            return connection.sync().evalsha(script.digest(), ScriptOutputType.MULTI, keys, values);
          } catch (RedisNoScriptException e) {
            return connection.sync().eval(script.text(), ScriptOutputType.MULTI, keys, values);
          }
        });
  }

  /**
   * Stores a value under a key that is free and returns the value that then stands there, so that
   * of several callers all see the first one's.
   */
  public String putIfAbsent(String key, String value, Duration timeToLive) {
    return asking(
        () -> {
          byte[] mine = value.getBytes(UTF_8);
          String stored =
              connection.sync().set(key, mine, SetArgs.Builder.nx().px(timeToLive.toMillis()));
          if (stored != null) {
            return value;
          }
          byte[] theirs = connection.sync().get(key);
          return theirs == null ? value : new String(theirs, UTF_8);
        });
  }

  @Override
  public void close() {
    connection.close();
    client.shutdown();
  }

  private <T> T asking(Supplier<T> question) {
    try {
      return question.get();
    } catch (RedisException e) {
      throw unavailable(e);
    }
  }

  private Problem unavailable(RedisException cause) {
    return Problem.ours("REDIS_UNAVAILABLE", "Redis at " + uri + " does not answer", cause)
        .mend("check tuneline.ingest.redis-uri and that Redis runs");
  }
}
