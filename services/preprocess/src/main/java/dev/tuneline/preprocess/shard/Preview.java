package dev.tuneline.preprocess.shard;

import dev.tuneline.engine.chat.ExampleView;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleFile;
import dev.tuneline.platform.examples.cleaning.ExampleCleaning;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.preprocess.example.RowReading;
import dev.tuneline.preprocess.shard.TextModels.TextModel;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.ExamplePreview;
import dev.tuneline.proto.v1.PreviewExamplesRequest;
import dev.tuneline.proto.v1.PreviewExamplesResponse;
import dev.tuneline.proto.v1.PreviewRowRequest;
import dev.tuneline.proto.v1.PreviewRowResponse;
import dev.tuneline.proto.v1.PreviewToken;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Shows what a model would see of rows and examples; stores nothing. */
public final class Preview {
  /** More than any base model's context, where the request names no cutoff. */
  private static final int MAX_CUTOFF_TOKENS = 1 << 20;

  private static final int MAX_EXAMPLES = 100;

  private final TextModels models;
  private final Function<String, Optional<Dataset>> datasets;
  private final ArtifactStore artifacts;

  /**
   * @param datasets a dataset as far as it is known; fast
   */
  public Preview(
      TextModels models, Function<String, Optional<Dataset>> datasets, ArtifactStore artifacts) {
    this.models = models;
    this.datasets = datasets;
    this.artifacts = artifacts;
  }

  /** The row as text and tokens, or why it would be rejected. */
  public PreviewRowResponse preview(PreviewRowRequest request) {
    TextModel model = models.get(request.getBaseModel(), "base_model");
    int cutoff = cutoff(request.getCutoffTokens(), request.getBaseModel());
    RowReceived row = RowReceived.newBuilder().putAllCells(request.getCellsMap()).build();
    return switch (new RowReading(
            Layouts.of(request.getMapping()), List.of(), ExampleCleaning.none())
        .read(row)) {
      case RowReading.Outcome.Rejected rejected ->
          PreviewRowResponse.newBuilder().setRejection(rejected.rejection()).build();
      case RowReading.Outcome.Kept kept -> {
        ExampleView view = view(kept.example(), model, cutoff);
        yield PreviewRowResponse.newBuilder()
            .setRendered(view.rendered())
            .addAllTokens(tokens(view, model, false))
            .addAllCut(tokens(view, model, true))
            .setCutTokens(view.cutTokens())
            .build();
      }
    };
  }

  /**
   * Examples of a prepared version, as they would be trained.
   *
   * @throws Problem DATASET_NOT_FOUND, DATASET_VERSION_NOT_FOUND or OUT_OF_RANGE
   */
  public PreviewExamplesResponse preview(PreviewExamplesRequest request) {
    int count = Math.max(1, request.getCount());
    if (request.getCount() < 0 || count > MAX_EXAMPLES || request.getFirstIndex() < 0) {
      throw outOfRange(
          request.getFirstIndex() < 0 ? "first_index" : "count",
          request.getFirstIndex() < 0 ? "give 0 or more" : "give 1 to " + MAX_EXAMPLES);
    }
    TextModel model = models.get(request.getBaseModel(), "base_model");
    int cutoff = cutoff(request.getCutoffTokens(), request.getBaseModel());
    DatasetVersion version = version(request);
    Split wanted =
        request.getSplit() == Split.SPLIT_UNSPECIFIED ? Split.SPLIT_TRAIN : request.getSplit();
    SplitExamples split =
        version.getSplitsList().stream()
            .filter(candidate -> candidate.getSplit() == wanted)
            .findFirst()
            .orElseThrow(() -> outOfRange("split", "name a split that the version has"));
    PreviewExamplesResponse.Builder response =
        PreviewExamplesResponse.newBuilder()
            .setVersion(version.getVersion())
            .setSplitExamples(split.getExamples());
    try (InputStream file = artifacts.open(split.getFile())) {
      ExampleFile examples = ExampleFile.open(file);
      long end = Math.min(request.getFirstIndex() + count, split.getExamples());
      for (long i = 0; i < end; i++) {
        Example example = examples.next();
        if (example == null) {
          break;
        }
        if (i >= request.getFirstIndex()) {
          response.addExamples(show(i, example, model, cutoff));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return response.build();
  }

  private DatasetVersion version(PreviewExamplesRequest request) {
    Dataset dataset =
        datasets
            .apply(request.getDatasetId())
            .orElseThrow(
                () ->
                    Problem.caller("DATASET_NOT_FOUND", "there is no such dataset")
                        .at(Problem.FIELD, "dataset_id")
                        .mend("give the id that creating the dataset returned"));
    return dataset.getVersionsList().reversed().stream()
        .filter(
            version -> request.getVersion() == 0 || version.getVersion() == request.getVersion())
        .findFirst()
        .orElseThrow(
            () ->
                Problem.caller("DATASET_VERSION_NOT_FOUND", "the dataset has no such version")
                    .at(Problem.FIELD, "version")
                    .mend("name a version that is prepared, or wait until the first one is"));
  }

  private static ExamplePreview show(long index, Example example, TextModel model, int cutoff) {
    ExampleView view = view(example, model, cutoff);
    return ExamplePreview.newBuilder()
        .setIndex(index)
        .setExampleId(example.id())
        .setFile(example.source().file())
        .setLine(example.source().line())
        .setRendered(view.rendered())
        .addAllTokens(tokens(view, model, false))
        .addAllCut(tokens(view, model, true))
        .build();
  }

  private static ExampleView view(Example example, TextModel model, int cutoff) {
    return switch (example.kind()) {
      case CONVERSATION ->
          ExampleView.conversation(
              SplitEncoding.messages(example), model.tokenizer(), model.template(), cutoff);
      case TEXT -> ExampleView.text(example.answer(), model.tokenizer(), model.template(), cutoff);
    };
  }

  private static List<PreviewToken> tokens(ExampleView view, TextModel model, boolean cut) {
    return view.tokens().stream()
        .filter(token -> token.cut() == cut)
        .map(
            token ->
                PreviewToken.newBuilder()
                    .setId(token.id())
                    .setText(model.tokenizer().tokenText(token.id()))
                    .setTrained(token.trained())
                    .setBeginsPiece(token.beginsPiece())
                    .build())
        .toList();
  }

  private int cutoff(int asked, String baseModel) {
    if (asked < 0 || asked > MAX_CUTOFF_TOKENS) {
      throw outOfRange("cutoff_tokens", "give 1 to %d, or 0".formatted(MAX_CUTOFF_TOKENS));
    }
    return asked == 0 ? models.contextTokens(baseModel, "base_model") : asked;
  }

  private static Problem outOfRange(String field, String mend) {
    return Problem.caller("OUT_OF_RANGE", field + " is not usable")
        .at(Problem.FIELD, field)
        .mend(mend);
  }
}
