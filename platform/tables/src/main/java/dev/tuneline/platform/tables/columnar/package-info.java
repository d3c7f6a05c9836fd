/** Tables that are kept by columns: Apache Parquet and Apache Arrow. */
@NullMarked
package dev.tuneline.platform.tables.columnar;

import org.jspecify.annotations.NullMarked;
