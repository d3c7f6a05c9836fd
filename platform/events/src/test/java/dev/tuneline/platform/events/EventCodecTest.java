package dev.tuneline.platform.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.JobAccepted;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.RowReceived;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventCodecTest {
  private static final JobEvent REQUESTED =
      JobEvent.newBuilder()
          .setJobId("job-1")
          .setRequested(
              JobRequested.newBuilder()
                  .setSpec(JobSpec.newBuilder().setDatasetId("d").setMethod(Method.METHOD_LORA)))
          .build();

  private static final Map<String, String> HEADERS =
      Map.of(
          "ce_specversion", "1.0",
          "ce_id", "e-1",
          "ce_type", "tuneline.v1.JobRequested",
          "ce_source", "crm",
          "content-type", "application/json");

  @Test
  void cellsOfAnyTypeBecomeTexts() {
    String json =
        """
        {"datasetId": "d", "cells": {"a": "x", "n": 1.50, "t": true, "z": null,
         "m": [{"role": "user", "content": "q"}], "one": ["x"]}}
        """;
    Map<String, String> headers = new HashMap<>(HEADERS);
    headers.put("ce_type", "tuneline.v1.RowReceived");

    RowReceived row = EventCodec.decode(Topics.ROWS, read(headers, json)).body();

    assertThat(row.getRowId()).isEqualTo("e-1");
    assertThat(row.getCellsMap())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "a", "x",
                "n", "1.50",
                "t", "true",
                "z", "",
                "m", "[{\"role\":\"user\",\"content\":\"q\"}]",
                "one", "[\"x\"]"));
  }

  @Test
  void whatLiesAboutItselfIsMalformed() {
    Map<String, String> json = new HashMap<>(HEADERS);
    json.put("ce_type", "tuneline.v1.RowReceived");
    Map<String, String> protobuf = new HashMap<>(json);
    protobuf.put("content-type", "application/protobuf");
    byte[] message =
        RowReceived.newBuilder().setDatasetId("d").putCells("a", "b").build().toByteArray();
    byte[] deep = ("{\"cells\": {\"a\": " + "[".repeat(200_000)).getBytes(UTF_8);

    assertMalformed(json, message);
    assertMalformed(protobuf, "{\"datasetId\": \"d\"}".getBytes(UTF_8));
    assertMalformed(json, deep);
    assertMalformed(json, "{\"cells\": [1]}".getBytes(UTF_8));
  }

  private static void assertMalformed(Map<String, String> headers, byte[] value) {
    Problem problem =
        catchThrowableOfType(
            Problem.class, () -> EventCodec.decode(Topics.ROWS, read(headers, value)));
    assertThat(problem.reason()).isEqualTo("MALFORMED_EVENT");
    assertThat(problem.fault()).isEqualTo(Fault.CALLER);
  }

  @Test
  void whatIsWrittenIsReadBack() {
    Event<JobEvent> event =
        new Event<>(
            "e-1",
            "tuneline.v1.JobRequested",
            "tuneline/ingest",
            Instant.parse("2026-01-02T03:04:05.678Z"),
            "e-0",
            "c-0",
            REQUESTED,
            new Event.Position(2, 7));

    ProducerRecord<byte[], byte[]> written = EventCodec.encode(Topics.JOBS, "t", event);

    assertThat(new String(written.key(), UTF_8)).isEqualTo("job-1");
    assertThat(EventCodec.decode(Topics.JOBS, asRead(written))).isEqualTo(event);
  }

  @Test
  void jsonFromOutsideIsRead() {
    Event<JobEvent> event =
        EventCodec.decode(
            Topics.JOBS,
            read(
                HEADERS,
                """
                {"jobId": "job-1", "requested": {"spec": {"datasetId": "d", "method": "METHOD_LORA"}}}
                """));

    assertThat(event.body()).isEqualTo(REQUESTED);
    assertThat(event.correlationId()).isEqualTo("job-1");
    assertThat(event.time()).isEqualTo(Instant.ofEpochMilli(1234));
  }

  @Test
  void aRowWithoutAnIdTakesTheEventsId() {
    Event<RowReceived> event =
        EventCodec.decode(
            Topics.ROWS,
            read(
                with("ce_type", "tuneline.v1.RowReceived"),
                """
                {"datasetId": "d", "cells": {"question": "问", "reply": "答"}}
                """));

    assertThat(event.body().getRowId()).isEqualTo("e-1");
    assertThat(event.body().getCellsMap()).containsEntry("question", "问");
  }

  @Test
  void eachMissingHeaderIsNamed() {
    for (String header : new String[] {"ce_id", "ce_type", "ce_source", "content-type"}) {
      assertMalformed(read(with(header, null), "{}"), header);
    }
  }

  @Test
  void aValueThatDoesNotFitIsNamed() {
    assertMalformed(read(HEADERS, "{\"jobId\": "), "value");
    assertMalformed(read(HEADERS, "{\"jobId\": \"j\", \"wanted\": {}}"), "value");
    assertMalformed(read(HEADERS, "{\"jobId\": \"j\"}"), "event");
    assertMalformed(read(HEADERS, "{\"requested\": {}}"), "key");
    assertMalformed(read(HEADERS, (String) null), "value");
    assertMalformed(read(with("content-type", "text/csv"), "a,b"), "content-type");
    assertMalformed(read(with("content-type", "application/protobuf"), "{}"), "value");
    assertMalformed(
        read(with("ce_time", "yesterday"), "{\"jobId\":\"j\",\"requested\":{}}"), "ce_time");
    assertMalformed(read(with("ce_specversion", "0.3"), "{}"), "ce_specversion");
  }

  @Test
  void aTypeThatIsNotTheMessagesIsRefused() {
    JobEvent accepted =
        JobEvent.newBuilder().setJobId("j").setAccepted(JobAccepted.getDefaultInstance()).build();
    ConsumerRecord<byte[], byte[]> kafkaRecord =
        read(with("content-type", "application/protobuf"), accepted.toByteArray());

    assertMalformed(kafkaRecord, "ce_type");
  }

  private static void assertMalformed(ConsumerRecord<byte[], byte[]> kafkaRecord, String field) {
    Problem problem =
        catchThrowableOfType(Problem.class, () -> EventCodec.decode(Topics.JOBS, kafkaRecord));
    assertThat(problem).as("problem for " + field).isNotNull();
    assertThat(problem.reason()).isEqualTo("MALFORMED_EVENT");
    assertThat(problem.fault()).isEqualTo(Fault.CALLER);
    assertThat(problem.details()).containsEntry(Problem.FIELD, field).containsKey(Problem.MEND);
  }

  private static Map<String, String> with(String header, @Nullable String value) {
    Map<String, String> headers = new HashMap<>(HEADERS);
    if (value == null) {
      headers.remove(header);
    } else {
      headers.put(header, value);
    }
    return headers;
  }

  private static ConsumerRecord<byte[], byte[]> read(
      Map<String, String> headers, @Nullable String value) {
    return read(headers, value == null ? null : value.getBytes(UTF_8));
  }

  private static ConsumerRecord<byte[], byte[]> read(
      Map<String, String> headers, byte @Nullable [] value) {
    RecordHeaders recordHeaders = new RecordHeaders();
    headers.forEach((name, text) -> recordHeaders.add(name, text.getBytes(UTF_8)));
    return new ConsumerRecord<>(
        "t",
        0,
        0,
        1234,
        TimestampType.CREATE_TIME,
        0,
        0,
        "k".getBytes(UTF_8),
        value,
        recordHeaders,
        Optional.empty());
  }

  private static ConsumerRecord<byte[], byte[]> asRead(ProducerRecord<byte[], byte[]> written) {
    return new ConsumerRecord<>(
        "t",
        2,
        7,
        0,
        TimestampType.CREATE_TIME,
        0,
        0,
        written.key(),
        written.value(),
        written.headers(),
        Optional.empty());
  }
}
