package dev.tuneline.ingest.growth;

import dev.tuneline.proto.v1.RowPositions;

/**
 * Rows that a dataset received as events after a cut.
 *
 * @param version the cut; 0 for the dataset's beginning
 * @param rows how many were counted
 * @param until positions behind the last that was counted
 */
public record NewRows(int version, long rows, RowPositions until) {}
