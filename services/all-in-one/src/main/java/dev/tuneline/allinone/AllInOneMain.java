package dev.tuneline.allinone;

import dev.tuneline.errors.Problem;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the all-in-one until SIGTERM or SIGINT.
 *
 * <p>It prints one line on standard output when it is ready; a start that fails is one line on
 * standard error and exit code 1.
 */
public final class AllInOneMain {
  private static final Logger log = LoggerFactory.getLogger(AllInOneMain.class);

  private AllInOneMain() {}

  /** Starts, announces, and ends with the process. */
  public static void main(String[] args) {
    try {
      AllInOneOptions options = AllInOneOptions.parse(args);
      AllInOne running = AllInOne.start(options);
      CountDownLatch ended = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    running.close();
                    ended.countDown();
                  },
                  "all-in-one-end"));
      options.parent().ifPresent(AllInOneMain::endWith);
      System.out.println(running.announcement());
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      log.debug("the start failed", e);
      System.err.println("error: " + Problem.from(e).describe());
      System.exit(1);
    }
  }

  /** Ends this process when its parent does, even if that was killed. */
  @SuppressWarnings("SystemExitOutsideMain") // the end of the parent is the end of the process
  private static void endWith(long parent) {
    Thread.ofPlatform()
        .daemon()
        .name("parent-watch")
        .start(
            () -> {
              ProcessHandle.of(parent).ifPresent(process -> process.onExit().join());
              System.exit(0);
            });
  }
}
