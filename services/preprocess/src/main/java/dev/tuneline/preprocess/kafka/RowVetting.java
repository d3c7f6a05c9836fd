package dev.tuneline.preprocess.kafka;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.Doorkeeper;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.preprocess.dataset.RowRules;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.RowReceived;
import java.time.Duration;
import java.util.Optional;

/** Refuses rows that no dataset waits for. */
public final class RowVetting implements Doorkeeper.Vetter<RowReceived> {
  private final TopicView<Dataset, DatasetEvent> datasets;
  private final RowRules rules;
  private final Duration timeout;

  /**
   * @param timeout how long the view of the datasets may take to be current
   */
  public RowVetting(TopicView<Dataset, DatasetEvent> datasets, RowRules rules, Duration timeout) {
    this.datasets = datasets;
    this.rules = rules;
    this.timeout = timeout;
  }

  @Override
  public void vet(Event<RowReceived> event) {
    RowReceived row = event.body();
    rules.check(row);
    Dataset dataset =
        dataset(row)
            .orElseThrow(
                () ->
                    Problem.caller("DATASET_NOT_FOUND", "there is no dataset of the row's id")
                        .at(Problem.FIELD, "dataset_id")
                        .mend("create the dataset first and send its id"));
    // A file's rows were promised while the dataset took them.
    if (row.getSource().getUploadId().isEmpty() && !DatasetFold.takesRows(dataset)) {
      throw Problem.caller("DATASET_NOT_OPEN", "the dataset takes no more rows")
          .at(Problem.FIELD, "dataset_id")
          .at("state", dataset.getState())
          .mend("create a new dataset");
    }
  }

  private Optional<Dataset> dataset(RowReceived row) {
    Optional<Dataset> known = datasets.get(row.getDatasetId());
    if (known.isPresent()) {
      return known;
    }
    datasets.awaitCurrent(timeout);
    return datasets.get(row.getDatasetId());
  }
}
