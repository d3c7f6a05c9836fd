package dev.tuneline.datasets.build;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.tuneline.errors.Problem;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The requests of a pool and what came of each, in their order: the first line names the settings,
 * each further line is one request, written when it is done. A line that a kill cut short is taken
 * away. For one thread.
 */
final class TaskJournal implements AutoCloseable {
  /**
   * A task that a model wrote.
   *
   * @param answer empty when nobody was asked for one
   * @param reason why it was dropped, or empty when it is kept
   */
  record Candidate(String task, String answer, String reason) {
    boolean kept() {
      return reason.isEmpty();
    }
  }

  /** What came of a request, which is numbered from 0. */
  record Entry(long request, List<Candidate> candidates) {
    Entry {
      candidates = List.copyOf(candidates);
    }
  }

  private static final JsonFactory JSON = new JsonFactory();

  private final FileChannel file;

  private TaskJournal(FileChannel file) {
    this.file = file;
  }

  /**
   * Opens a journal to go on with.
   *
   * @param identity of the settings
   * @throws Problem OTHER_SETTINGS when the file was made by others
   */
  static TaskJournal open(Path path, String identity) {
    try {
      FileChannel file =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      TaskJournal journal = new TaskJournal(file);
      if (file.tryLock() == null) {
        file.close();
        throw Problem.caller("POOL_IN_USE", "another build is adding to this pool")
            .at(Problem.FILE, path);
      }
      long whole = wholeLines(path);
      file.truncate(whole);
      file.position(whole);
      if (whole == 0) {
        journal.write(header(identity));
      } else {
        try (Stream<String> lines = Files.lines(path, UTF_8)) {
          if (!lines.findFirst().orElse("").equals(new String(header(identity), UTF_8).strip())) {
            file.close();
            throw Problem.caller(
                    "OTHER_SETTINGS", "the pool was made by other settings, seeds or another seed")
                .at(Problem.FILE, path)
                .mend("delete it to begin anew, or name another --out");
          }
        }
      }
      return journal;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long wholeLines(Path path) throws IOException {
    long whole = 0;
    long position = 0;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
      for (int b = in.read(); b >= 0; b = in.read()) {
        position++;
        if (b == '\n') {
          whole = position;
        }
      }
    }
    return whole;
  }

  private static byte[] header(String identity) {
    return ("{\"settings\":\"" + identity + "\"}\n").getBytes(UTF_8);
  }

  /** The requests that are done. */
  static List<Entry> read(Path path) {
    List<Entry> entries = new ArrayList<>();
    try (BufferedReader lines = Files.newBufferedReader(path)) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        entries.add(parse(line, entries.size(), path));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  private static Entry parse(String line, long request, Path path) throws IOException {
    List<Candidate> candidates = new ArrayList<>();
    try (JsonParser json = JSON.createParser(line)) {
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.START_OBJECT
            && json.getParsingContext().getParent().inArray()) {
          candidates.add(candidate(json));
        }
      }
    } catch (JsonProcessingException e) {
      throw Problem.caller("MALFORMED_POOL", "this line is no request of a pool")
          .at(Problem.FILE, path)
          .at(Problem.LINE, request + 2)
          .mend("delete the file to begin anew")
          .causedBy(e);
    }
    return new Entry(request, candidates);
  }

  private static Candidate candidate(JsonParser json) throws IOException {
    String task = "";
    String answer = "";
    String reason = "";
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      String value = json.nextTextValue();
      String text = value == null ? "" : value;
      switch (name) {
        case "task" -> task = text;
        case "answer" -> answer = text;
        case "reason" -> reason = text;
        default -> {}
      }
    }
    return new Candidate(task, answer, reason);
  }

  /** Adds a request that is done. */
  void add(Entry entry) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeNumberField("request", entry.request());
      json.writeArrayFieldStart("candidates");
      for (Candidate candidate : entry.candidates()) {
        json.writeStartObject();
        json.writeStringField("task", candidate.task());
        json.writeStringField("answer", candidate.answer());
        json.writeStringField("reason", candidate.reason());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    write(bytes.toByteArray());
  }

  private void write(byte[] line) {
    ByteBuffer left = ByteBuffer.wrap(line);
    try {
      while (left.hasRemaining()) {
        file.write(left);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
