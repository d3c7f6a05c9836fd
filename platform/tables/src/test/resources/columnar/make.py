"""Makes the files beside it with pyarrow; expected.jsonl holds their rows, which are all the same."""

import datetime
import decimal
import json

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

ROWS = range(24)
table = pa.table({
    "title": pa.array([f"标题{i}" if i % 7 else None for i in ROWS]),
    "reply": pa.array([("答案😀" * (i % 5)) + str(i) for i in ROWS], pa.large_string()),
    "n": pa.array([i - 5 for i in ROWS], pa.int32()),
    "u": pa.array([2**64 - 1 - i for i in ROWS], pa.uint64()),
    "f": pa.array([i / 4 if i % 11 else None for i in ROWS], pa.float64()),
    "b": pa.array([i % 3 == 0 for i in ROWS]),
    "cat": pa.array([["体育", "财经", "科技"][i % 3] for i in ROWS]).dictionary_encode(),
    "tags": pa.array([[f"a{j}" if j % 3 else None for j in range(i % 4)] if i % 9 else None for i in ROWS]),
    "messages": pa.array([[{"role": "user", "content": f"q{i}"},
                           {"role": "assistant", "content": f"a{i}" if i % 5 else None}] for i in ROWS]),
    "day": pa.array([datetime.date(2020, 2, 20) + datetime.timedelta(days=i) for i in ROWS]),
    "dec": pa.array([decimal.Decimal(i * 7 - 100) / 100 for i in ROWS], pa.decimal128(10, 2)),
})
with open("expected.jsonl", "w") as out:
    for row in table.to_pylist():
        row["dec"] = float(row["dec"])
        out.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
for codec in ["snappy", "gzip", "lz4"]:
    pq.write_table(table, f"{codec}.parquet", compression=codec, row_group_size=10)
pq.write_table(table, "pages.parquet", compression="zstd", data_page_version="2.0", data_page_size=64,
               use_dictionary=["title"])
pq.write_table(table, "encodings.parquet", compression="none", use_dictionary=False, column_encoding={
    "reply": "DELTA_BYTE_ARRAY", "title": "DELTA_LENGTH_BYTE_ARRAY", "n": "DELTA_BINARY_PACKED",
    "f": "BYTE_STREAM_SPLIT"})
for codec in [None, "lz4", "zstd"]:
    options = ipc.IpcWriteOptions(compression=codec)
    with ipc.new_file(f"{codec or 'plain'}.arrow", table.schema, options=options) as out:
        out.write_table(table, max_chunksize=10)
with ipc.new_stream("stream.arrow", table.schema) as out:
    out.write_table(table, max_chunksize=10)
viewed = table.set_column(0, "title", table["title"].cast(pa.string_view()))
with ipc.new_file("views.arrow", viewed.schema) as out:
    out.write_table(viewed)
