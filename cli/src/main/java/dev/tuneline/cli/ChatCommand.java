package dev.tuneline.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.proto.v1.ChatMessage;
import dev.tuneline.proto.v1.ChatRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Talks to a model: one prompt from the command line, or a conversation from standard input. */
@Command(
    name = "chat",
    description = "Asks a model; without a prompt, line by line from standard input.",
    mixinStandardHelpOptions = true)
final class ChatCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "NAME",
      description = "a base model, a deployment, or ft:BASE:SUFFIX:ID")
  private String model = "";

  @Option(names = "--system", paramLabel = "TEXT", description = "what the model is told first")
  private String system = "";

  @Parameters(paramLabel = "PROMPT", arity = "0..*", description = "the question")
  private List<String> prompt = List.of();

  @Mixin private ChatOptions options = new ChatOptions();
  @Mixin private ServerOptions server = new ServerOptions();

  private final List<ChatMessage> messages = new ArrayList<>();

  ChatCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    if (!system.isEmpty()) {
      messages.add(message("system", system));
    }
    try (Connection connection = server.connect()) {
      if (!prompt.isEmpty()) {
        ask(connection, String.join(" ", prompt));
        return 0;
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
      invite();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          ask(connection, line);
        }
        invite();
      }
      return 0;
    }
  }

  private void invite() {
    if (terminal.interactive()) {
      terminal.print("> ");
    }
  }

  private void ask(Connection connection, String question) {
    messages.add(message("user", question));
    ChatRequest request =
        ChatRequest.newBuilder()
            .setModel(model)
            .addAllMessages(messages)
            .setSampling(options.sampling())
            .build();
    Chat answer = Chat.ask(connection, request, terminal::print);
    terminal.line();
    messages.add(message("assistant", answer.text()));
  }

  private static ChatMessage message(String role, String content) {
    return ChatMessage.newBuilder().setRole(role).setContent(content).build();
  }
}
