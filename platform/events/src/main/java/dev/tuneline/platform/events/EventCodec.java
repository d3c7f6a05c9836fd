package dev.tuneline.platform.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.tuneline.errors.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Translates between events and Kafka records: CloudEvents 1.0 in binary mode.
 *
 * <p>We write protobuf; we read protobuf and proto3 JSON, told apart by the {@code content-type}
 * header. Whatever does not fit is a {@link Problem} of the caller with reason MALFORMED_EVENT that
 * names the header or field.
 */
public final class EventCodec {
  static final String ID = "ce_id";
  static final String TYPE = "ce_type";
  static final String SOURCE = "ce_source";
  static final String TIME = "ce_time";
  static final String SPEC_VERSION = "ce_specversion";
  static final String CAUSATION_ID = "ce_causationid";
  static final String CORRELATION_ID = "ce_correlationid";
  static final String CONTENT_TYPE = "content-type";
  static final String PROTOBUF = "application/protobuf";
  static final String JSON = "application/json";

  private static final JsonFormat.Parser JSON_PARSER = JsonFormat.parser();

  private EventCodec() {}

  /** The record that stores {@code event} in the topic called {@code topicName}. */
  static <M extends Message> ProducerRecord<byte[], byte[]> encode(
      Topic<M> topic, String topicName, Event<M> event) {
    ProducerRecord<byte[], byte[]> kafkaRecord =
        new ProducerRecord<>(
            topicName, topic.key().apply(event.body()).getBytes(UTF_8), event.body().toByteArray());
    Headers headers = kafkaRecord.headers();
    headers.add(SPEC_VERSION, "1.0".getBytes(UTF_8));
    headers.add(ID, event.id().getBytes(UTF_8));
    headers.add(TYPE, event.type().getBytes(UTF_8));
    headers.add(SOURCE, event.source().getBytes(UTF_8));
    headers.add(TIME, event.time().toString().getBytes(UTF_8));
    headers.add(CONTENT_TYPE, PROTOBUF.getBytes(UTF_8));
    if (!event.causationId().isEmpty()) {
      headers.add(CAUSATION_ID, event.causationId().getBytes(UTF_8));
    }
    headers.add(CORRELATION_ID, event.correlationId().getBytes(UTF_8));
    return kafkaRecord;
  }

  /**
   * Reads a record of the topic.
   *
   * @throws Problem MALFORMED_EVENT when a header or the value does not fit
   */
  public static <M extends Message> Event<M> decode(
      Topic<M> topic, ConsumerRecord<byte[], byte[]> kafkaRecord) {
    Headers headers = kafkaRecord.headers();
    String id = required(headers, ID);
    String type = required(headers, TYPE);
    String source = required(headers, SOURCE);
    String specVersion = text(headers, SPEC_VERSION);
    if (specVersion != null && !specVersion.equals("1.0")) {
      throw malformed("CloudEvents version " + specVersion + " is not known", SPEC_VERSION)
          .mend("send version 1.0");
    }
    M body = body(topic, kafkaRecord, required(headers, CONTENT_TYPE));
    body = withIdentity(topic, body, id);
    String expectedType = topic.typeOf(body);
    if (expectedType.isEmpty()) {
      throw malformed("the message names no event", "event")
          .mend("set one field of the oneof 'event' of " + name(topic));
    }
    if (!type.equals(expectedType)) {
      throw malformed("the header says " + type + " but the message is " + expectedType, TYPE)
          .mend("send " + TYPE + " " + expectedType);
    }
    if (topic.key().apply(body).isBlank()) {
      throw malformed("the message does not say what it is about", "key")
          .mend("set the id or name field that " + topic.name() + " is keyed by");
    }
    String correlationId = text(headers, CORRELATION_ID);
    String causationId = text(headers, CAUSATION_ID);
    return new Event<>(
        id,
        type,
        source,
        time(headers, kafkaRecord.timestamp()),
        causationId == null ? "" : causationId,
        correlationId == null ? topic.key().apply(body) : correlationId,
        body,
        new Event.Position(kafkaRecord.partition(), kafkaRecord.offset()));
  }

  /** Rows may leave their id to the CloudEvent's, so that simple producers need not repeat it. */
  @SuppressWarnings("unchecked") // a builder of M builds an M
  private static <M extends Message> M withIdentity(Topic<M> topic, M body, String id) {
    if (topic.name().equals(Topics.ROWS.name()) && topic.key().apply(body).isBlank()) {
      var rowId = body.getDescriptorForType().findFieldByName("row_id");
      return (M) body.toBuilder().setField(rowId, id).build();
    }
    return body;
  }

  @SuppressWarnings("unchecked") // a builder of M builds an M
  private static <M extends Message> M body(
      Topic<M> topic, ConsumerRecord<byte[], byte[]> kafkaRecord, String contentType) {
    byte[] value = kafkaRecord.value();
    if (value == null) {
      throw malformed("the record has no value", "value").mend("send a " + name(topic));
    }
    String mediaType = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    try {
      return switch (mediaType) {
        case PROTOBUF, "application/x-protobuf" ->
            (M) topic.prototype().newBuilderForType().mergeFrom(value).build();
        case JSON -> {
          Message.Builder builder = topic.prototype().newBuilderForType();
          String json = decodeUtf8(value);
          JSON_PARSER.merge(
              topic.name().equals(Topics.ROWS.name()) ? RowJson.withTextCells(json) : json,
              builder);
          yield (M) builder.build();
        }
        default ->
            throw malformed("content type " + contentType + " is not known", CONTENT_TYPE)
                .mend("send " + PROTOBUF + " or " + JSON);
      };
    } catch (InvalidProtocolBufferException e) {
      throw malformed(
              "the value is not a " + name(topic) + " in " + mediaType + ": " + e.getMessage(),
              "value")
          .mend("encode the message of " + topic.name() + " as its .proto file says");
    }
  }

  private static String decodeUtf8(byte[] value) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException e) {
      throw malformed("the JSON is not UTF-8", "value").mend("encode JSON as UTF-8");
    }
  }

  private static Instant time(Headers headers, long fallbackMillis) {
    String time = text(headers, TIME);
    if (time == null) {
      return Instant.ofEpochMilli(fallbackMillis);
    }
    try {
      return OffsetDateTime.parse(time).toInstant();
    } catch (DateTimeException e) {
      throw malformed("'" + time + "' is not a time", TIME).mend("send an RFC 3339 time");
    }
  }

  private static String required(Headers headers, String name) {
    String value = text(headers, name);
    if (value == null || value.isBlank()) {
      throw malformed("the header " + name + " is missing", name)
          .mend("send CloudEvents headers in binary mode: ce_id, ce_type, ce_source, content-type");
    }
    return value;
  }

  private static @Nullable String text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
  }

  private static String name(Topic<?> topic) {
    return topic.prototype().getDescriptorForType().getFullName();
  }

  private static Problem malformed(String message, String field) {
    return Problem.caller("MALFORMED_EVENT", message).at(Problem.FIELD, field);
  }
}
