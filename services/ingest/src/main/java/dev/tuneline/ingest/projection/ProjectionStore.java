package dev.tuneline.ingest.projection;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A projection's place in Redis: states by key, their order, and a note that says how far the log
 * was read, all moved on together by one script. Where the note is gone or names another log, the
 * states are worth nothing; where it says "building", they are not all there yet.
 */
final class ProjectionStore {
  private static final String READY = "ready";

  /** ARGV: log, then partition, expected and next offset of each partition, "", key-state-order. */
  private static final RedisConnection.Script ADVANCE =
      new RedisConnection.Script(
          """
          if redis.call('HGET', KEYS[1], 'log') ~= ARGV[1] then return {0} end
          local i = 2
          while ARGV[i] ~= '' do
            if redis.call('HGET', KEYS[1], ARGV[i]) ~= ARGV[i + 1] then return {0} end
            i = i + 3
          end
          i = 2
          while ARGV[i] ~= '' do
            redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
            i = i + 3
          end
          i = i + 1
          while ARGV[i] do
            redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
            redis.call('ZADD', KEYS[3], 0, ARGV[i + 2])
            i = i + 3
          end
          return {1}
          """);

  /** ARGV: log, partition and offset of each partition. */
  private static final RedisConnection.Script RESET =
      new RedisConnection.Script(
          """
          redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
          redis.call('HSET', KEYS[1], 'log', ARGV[1], 'status', 'building')
          for i = 2, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], '0') end
          return {1}
          """);

  private static final RedisConnection.Script MARK_READY =
      new RedisConnection.Script(
          """
          if redis.call('HGET', KEYS[1], 'status') == 'building' then
            redis.call('HSET', KEYS[1], 'status', 'ready')
          end
          return {1}
          """);

  private static final RedisConnection.Script NOTE =
      new RedisConnection.Script("return redis.call('HGETALL', KEYS[1])");

  /** The status, then the states of the keys in ARGV. */
  private static final RedisConnection.Script READ =
      new RedisConnection.Script(
          """
          local found = {redis.call('HGET', KEYS[1], 'status')}
          for i = 1, #ARGV do found[i + 1] = redis.call('HGET', KEYS[2], ARGV[i]) end
          return found
          """);

  /** ARGV: before which order, how many. The status, then order and state of each, newest first. */
  private static final RedisConnection.Script LIST =
      new RedisConnection.Script(
          """
          local found = {redis.call('HGET', KEYS[1], 'status')}
          local members =
            redis.call('ZREVRANGEBYLEX', KEYS[3], ARGV[1], '-', 'LIMIT', 0, ARGV[2])
          for _, member in ipairs(members) do
            found[#found + 1] = member
            found[#found + 1] = redis.call('HGET', KEYS[2], string.sub(member, 21))
          end
          return found
          """);

  /**
   * How far the log was read.
   *
   * @param offsets of each partition, the next offset to read
   */
  record Note(boolean ready, Map<Integer, Long> offsets) {}

  /** A state with its place in the list. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Listed(String order, byte[] state) {}

  /** A changed state. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Change(String key, byte[] state, long createdAtMs) {}

  private final RedisConnection redis;
  private final String[] keys;

  ProjectionStore(RedisConnection redis, String name) {
    this.redis = redis;
    // The braces keep the three on one node of a Redis cluster.
    this.keys =
        new String[] {"{" + name + "}:note", "{" + name + "}:states", "{" + name + "}:order"};
  }

  /** The note, if it is of this log. */
  Optional<Note> note(String log) {
    List<@Nullable Object> found = redis.run(NOTE, keys);
    Map<Integer, Long> offsets = new TreeMap<>();
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 0; i + 1 < found.size(); i += 2) {
      String field = text(found.get(i));
      if (Character.isDigit(field.charAt(0))) {
        offsets.put(Integer.valueOf(field), Long.valueOf(text(found.get(i + 1))));
      } else {
        texts.put(field, text(found.get(i + 1)));
      }
    }
    return log.equals(texts.get("log"))
        ? Optional.of(new Note(READY.equals(texts.get("status")), offsets))
        : Optional.empty();
  }

  /** Forgets everything and begins with the first event of every partition. */
  void reset(String log, int partitions) {
    List<byte[]> values = new ArrayList<>();
    values.add(bytes(log));
    for (int partition = 0; partition < partitions; partition++) {
      values.add(bytes(Integer.toString(partition)));
    }
    redis.run(RESET, keys, values.toArray(byte[][]::new));
  }

  /**
   * Stores states together with the offsets that they are up to.
   *
   * @return whether nobody else had moved on, or flushed, in between; else nothing was stored
   */
  boolean advance(
      String log, Map<Integer, Long> from, Map<Integer, Long> to, List<Change> changes) {
    List<byte[]> values = new ArrayList<>();
    values.add(bytes(log));
    to.forEach(
        (partition, next) -> {
          values.add(bytes(Integer.toString(partition)));
          values.add(bytes(Long.toString(from.getOrDefault(partition, 0L))));
          values.add(bytes(Long.toString(next)));
        });
    values.add(new byte[0]);
    for (Change change : changes) {
      values.add(bytes(change.key()));
      values.add(change.state());
      values.add(bytes(order(change.key(), change.createdAtMs())));
    }
    return Long.valueOf(1).equals(redis.run(ADVANCE, keys, values.toArray(byte[][]::new)).get(0));
  }

  void markReady() {
    redis.run(MARK_READY, keys);
  }

  /** The states of keys as far as there are any, or empty when the projection is not ready. */
  Optional<List<byte @Nullable []>> readyStates(List<String> wanted) {
    List<@Nullable Object> found = read(wanted);
    return isReady(found) ? Optional.of(states(found)) : Optional.empty();
  }

  /** The states of keys, ready or not. */
  List<byte @Nullable []> states(Iterable<String> wanted) {
    List<String> list = new ArrayList<>();
    wanted.forEach(list::add);
    return states(read(list));
  }

  /**
   * A part of the list, newest first, or empty when the projection is not ready.
   *
   * @param before the order of the last one seen; empty at the beginning
   */
  Optional<List<Listed>> list(String before, int size) {
    List<@Nullable Object> found =
        redis.run(
            LIST,
            keys,
            bytes(before.isEmpty() ? "+" : "(" + before),
            bytes(Integer.toString(size)));
    if (!isReady(found)) {
      return Optional.empty();
    }
    List<Listed> listed = new ArrayList<>();
    for (int i = 1; i + 1 < found.size(); i += 2) {
      byte[] state = (byte[]) found.get(i + 1);
      if (state != null) {
        listed.add(new Listed(text(found.get(i)), state));
      }
    }
    return Optional.of(listed);
  }

  private List<@Nullable Object> read(List<String> wanted) {
    return redis.run(
        READ, keys, wanted.stream().map(ProjectionStore::bytes).toArray(byte[][]::new));
  }

  private static boolean isReady(List<@Nullable Object> found) {
    return !found.isEmpty() && found.get(0) != null && text(found.get(0)).equals(READY);
  }

  private static List<byte @Nullable []> states(List<@Nullable Object> found) {
    List<byte @Nullable []> states = new ArrayList<>();
    for (int i = 1; i < found.size(); i++) {
      states.add((byte[]) found.get(i));
    }
    return states;
  }

  /** The place in the list: by time, then by key. */
  static String order(String key, long createdAtMs) {
    return "%019d:%s".formatted(createdAtMs, key);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : new String((byte[]) value, UTF_8);
  }
}
