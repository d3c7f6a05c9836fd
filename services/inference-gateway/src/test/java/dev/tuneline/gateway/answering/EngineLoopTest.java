package dev.tuneline.gateway.answering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.TestGateway;
import dev.tuneline.gateway.adapters.AdapterPool;
import dev.tuneline.gateway.adapters.LoadedAdapter;
import dev.tuneline.proto.v1.Adapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The loop's turns, by hand, over the real tiny model. */
class EngineLoopTest {
  private static final Path FOLDER = TestGateway.MODELS.resolve(TestGateway.BASE);
  private static final BaseModel MODEL = BaseModel.load(FOLDER);
  private static final Tokenizer TOKENIZER = Tokenizer.load(FOLDER);

  private final EngineLoop loop = new EngineLoop("test", MODEL, TOKENIZER, 2, 3);
  private final List<String> freed = new ArrayList<>();
  private final AdapterPool adapters =
      new AdapterPool(
          4,
          a ->
              new LoadedAdapter(
                  a.getAdapterId(),
                  a.getBaseModel(),
                  new Adaptation() {},
                  () -> freed.add(a.getAdapterId())),
          Runnable::run);

  @AfterAll
  static void unload() {
    TOKENIZER.close();
    MODEL.close();
  }

  @AfterEach
  void close() {
    loop.close();
  }

  private static Question question(int maxTokens, AdapterPool.@Nullable Lease adapter) {
    return new Question(
        GenerationRequest.greedy(
            TOKENIZER.encode("Who pays for it?", false), null, maxTokens, Set.of()),
        adapter,
        null);
  }

  private Answer ask(int maxTokens, AnswerListener listener) {
    return loop.submit(List.of(new EngineLoop.Asked(question(maxTokens, null), listener)))
        .getFirst();
  }

  private void turns(int count) {
    for (int i = 0; i < count; i++) {
      loop.turn();
    }
  }

  @Test
  void aShortAnswerNeverWaitsForALongOne() {
    WholeAnswer longer = new WholeAnswer();
    WholeAnswer shorter = new WholeAnswer();
    WholeAnswer next = new WholeAnswer();
    ask(9, longer);
    ask(2, shorter);
    ask(3, next);

    turns(2);
    assertThat(shorter.whole()).isDone();
    assertThat(loop.waiting()).isEqualTo(1);
    turns(3);
    assertThat(next.whole()).isDone();
    assertThat(longer.whole()).isNotDone();
    turns(4);
    assertThat(longer.whole().join().finish().getUsage().getCompletionTokens()).isEqualTo(9);
  }

  @Test
  void aCancelledAnswerGivesItsPlaceToTheNextAndHearsNothingMore() {
    WholeAnswer first = new WholeAnswer();
    Answer cancelled = ask(50, first);
    ask(50, new WholeAnswer());
    WholeAnswer waiting = new WholeAnswer();
    ask(1, waiting);
    turns(1);
    assertThat(waiting.whole()).isNotDone();

    cancelled.cancel();
    turns(1);

    assertThat(waiting.whole()).isDone();
    assertThat(first.whole()).isNotDone();
    assertThat(loop.abandoned()).isEqualTo(1);
  }

  @Test
  void anAnswerCancelledInTheQueueIsNeverBegun() {
    ask(50, new WholeAnswer());
    ask(50, new WholeAnswer());
    WholeAnswer third = new WholeAnswer();
    Answer waiting = ask(1, third);
    turns(1);
    waiting.cancel();
    turns(1);
    assertThat(loop.waiting()).isZero();
    assertThat(loop.abandoned()).isEqualTo(1);
    assertThat(third.whole()).isNotDone();
  }

  @Test
  void theQueueIsBoundedAndTakesAllOrNone() {
    ask(1, new WholeAnswer());
    List<EngineLoop.Asked> three =
        List.of(
            new EngineLoop.Asked(question(1, null), new WholeAnswer()),
            new EngineLoop.Asked(question(1, null), new WholeAnswer()),
            new EngineLoop.Asked(question(1, null), new WholeAnswer()));
    assertThatThrownBy(() -> loop.submit(three))
        .isInstanceOfSatisfying(Problem.class, p -> assertThat(p.reason()).isEqualTo("QUEUE_FULL"));
    assertThat(loop.waiting()).isEqualTo(1);
  }

  @Test
  void anAdapterIsLetGoWhenItsAnswerEndsHoweverItEnds() {
    for (String id : List.of("finished", "cancelled", "stopped")) {
      AdapterPool.Lease pin = adapters.pin(Adapter.newBuilder().setAdapterId(id).build()).join();
      Question question = question(id.equals("finished") ? 1 : 50, pin.share().orElseThrow());
      pin.close();
      WholeAnswer listener = new WholeAnswer();
      Answer answer = loop.submit(List.of(new EngineLoop.Asked(question, listener))).getFirst();
      turns(1);
      switch (id) {
        case "finished" ->
            assertThat(listener.whole().join().finish().getAdapterId()).isEqualTo(id);
        case "cancelled" -> {
          answer.cancel();
          turns(1);
        }
        default -> loop.close();
      }
      assertThat(freed).endsWith(id);
    }
  }

  @Test
  void aListenerThatThrowsEndsItsOwnAnswerOnly() {
    WholeAnswer sound = new WholeAnswer();
    CompletableFuture<Problem> heard = new CompletableFuture<>();
    ask(
        5,
        new AnswerListener() {
          @Override
          public void piece(Piece piece) {
            throw new IllegalStateException("the client's window is closed");
          }

          @Override
          public void finished(dev.tuneline.proto.v1.ChatFinish finish) {}

          @Override
          public void failed(Problem problem) {
            heard.complete(problem);
          }
        });
    ask(5, sound);
    turns(5);
    assertThat(heard).isDone();
    assertThat(sound.whole()).isDone();
  }

  @Test
  void otherWorkRunsBetweenStepsAndCancelledWorkDoesNot() {
    List<String> done = new ArrayList<>();
    CompletableFuture<String> first = loop.compute(() -> "one", () -> done.add("first"));
    CompletableFuture<String> second =
        loop.compute(
            () -> {
              throw new AssertionError("was cancelled");
            },
            () -> done.add("second"));
    second.cancel(false);
    turns(2);
    assertThat(first.join()).isEqualTo("one");
    assertThat(done).containsExactly("first", "second");
  }

  @Test
  void aLoopThatEndsTellsEveryoneWhoWaits() {
    WholeAnswer running = new WholeAnswer();
    WholeAnswer second = new WholeAnswer();
    WholeAnswer waiting = new WholeAnswer();
    ask(50, running);
    ask(50, second);
    turns(1);
    ask(50, waiting);
    loop.close();
    for (WholeAnswer each : List.of(running, second, waiting)) {
      assertThatThrownBy(() -> each.whole().join())
          .hasCauseInstanceOf(Problem.class)
          .hasMessageContaining("stopping");
    }
    assertThatThrownBy(() -> ask(1, new WholeAnswer())).isInstanceOf(Problem.class);
  }
}
