package dev.tuneline.cli;

import dev.tuneline.proto.v1.RowMapping;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which columns hold what; what is not given stays as the recipe has it. */
final class MappingOptions {
  @Option(names = "--title-column", paramLabel = "NAME", description = "(title)")
  private @Nullable String title;

  @Option(names = "--question-column", paramLabel = "NAME", description = "(question)")
  private @Nullable String question;

  @Option(names = "--reply-column", paramLabel = "NAME", description = "(reply)")
  private @Nullable String reply;

  @Option(names = "--is-best-column", paramLabel = "NAME", description = "(is_best)")
  private @Nullable String isBest;

  /** The mapping with the given options in it. */
  RowMapping over(RowMapping base) {
    RowMapping.Builder mapping = base.toBuilder();
    if (title != null) {
      mapping.setTitleColumn(title);
    }
    if (question != null) {
      mapping.setQuestionColumn(question);
    }
    if (reply != null) {
      mapping.setReplyColumn(reply);
    }
    if (isBest != null) {
      mapping.setIsBestColumn(isBest);
    }
    return mapping.build();
  }
}
