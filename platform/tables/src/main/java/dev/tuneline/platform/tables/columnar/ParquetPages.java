package dev.tuneline.platform.tables.columnar;

import static dev.tuneline.platform.tables.columnar.DamagedFile.required;

import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/** The pages of one column in one row group, read and unpacked one at a time. */
final class ParquetPages implements PageReader {
  private static final String FORMAT = "Parquet";
  private static final int BUFFER_BYTES = 64 << 10;

  private final InputStream in;
  private final ColumnMetaData metadata;
  private final Statistics<?> noStatistics;
  private final String file;
  private final int maxPageBytes;
  private long valuesLeft;
  private @Nullable PageHeader waiting;

  ParquetPages(
      FileChannel channel,
      ColumnMetaData metadata,
      ColumnDescriptor column,
      String file,
      int maxPageBytes) {
    long start = metadata.getData_page_offset();
    if (metadata.isSetDictionary_page_offset() && metadata.getDictionary_page_offset() > 0) {
      start = Math.min(start, metadata.getDictionary_page_offset());
    }
    this.in =
        new BufferedInputStream(
            new Stretch(channel, start, start + metadata.getTotal_compressed_size()), BUFFER_BYTES);
    this.metadata = metadata;
    this.noStatistics = Statistics.getBuilderForReading(column.getPrimitiveType()).build();
    this.file = file;
    this.maxPageBytes = maxPageBytes;
    this.valuesLeft = metadata.getNum_values();
  }

  @Override
  public @Nullable DictionaryPage readDictionaryPage() {
    try {
      PageHeader header = Util.readPageHeader(in);
      if (header.getType() != PageType.DICTIONARY_PAGE) {
        waiting = header;
        return null;
      }
      DictionaryPageHeader dictionary = required(header.getDictionary_page_header());
      return new DictionaryPage(
          unpacked(bytes(header.getCompressed_page_size()), header.getUncompressed_page_size()),
          dictionary.getNum_values(),
          encoding(dictionary.getEncoding()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public long getTotalValueCount() {
    return metadata.getNum_values();
  }

  @Override
  public @Nullable DataPage readPage() {
    try {
      while (valuesLeft > 0) {
        PageHeader header = waiting == null ? Util.readPageHeader(in) : waiting;
        waiting = null;
        byte[] content = bytes(header.getCompressed_page_size());
        switch (required(header.getType())) {
          case DATA_PAGE -> {
            valuesLeft -= required(header.getData_page_header()).getNum_values();
            return first(header, content);
          }
          case DATA_PAGE_V2 -> {
            valuesLeft -= required(header.getData_page_header_v2()).getNum_values();
            return second(header, content);
          }
          case DICTIONARY_PAGE, INDEX_PAGE -> {}
        }
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DataPage first(PageHeader header, byte[] content) throws IOException {
    DataPageHeader page = required(header.getData_page_header());
    return new DataPageV1(
        unpacked(content, header.getUncompressed_page_size()),
        page.getNum_values(),
        header.getUncompressed_page_size(),
        noStatistics,
        encoding(page.getRepetition_level_encoding()),
        encoding(page.getDefinition_level_encoding()),
        encoding(page.getEncoding()));
  }

  private DataPage second(PageHeader header, byte[] content) throws IOException {
    DataPageHeaderV2 page = required(header.getData_page_header_v2());
    int repetition = page.getRepetition_levels_byte_length();
    int levels = Math.addExact(repetition, page.getDefinition_levels_byte_length());
    byte[] values = new byte[content.length - levels];
    System.arraycopy(content, levels, values, 0, values.length);
    boolean packed = !page.isSetIs_compressed() || page.isIs_compressed();
    return DataPageV2.uncompressed(
        page.getNum_rows(),
        page.getNum_nulls(),
        page.getNum_values(),
        BytesInput.from(content, 0, repetition),
        BytesInput.from(content, repetition, levels - repetition),
        encoding(page.getEncoding()),
        packed
            ? unpacked(values, header.getUncompressed_page_size() - levels)
            : BytesInput.from(values),
        noStatistics);
  }

  private static Encoding encoding(org.apache.parquet.format.@Nullable Encoding encoding) {
    return Encoding.valueOf(required(encoding).name());
  }

  private byte[] bytes(int size) throws IOException {
    bound(size);
    byte[] bytes = in.readNBytes(size);
    if (bytes.length < size) {
      throw new EOFException("a page is cut off");
    }
    return bytes;
  }

  private void bound(int size) {
    if (size < 0 || size > maxPageBytes) {
      throw DamagedFile.blockTooLarge(FORMAT, file, size & 0xFFFFFFFFL, maxPageBytes);
    }
  }

  private BytesInput unpacked(byte[] packed, int size) throws IOException {
    bound(size);
    CompressionCodec codec = required(metadata.getCodec());
    if (codec == CompressionCodec.UNCOMPRESSED) {
      return BytesInput.from(packed);
    }
    byte[] bytes = new byte[size];
    if (size == 0) {
      return BytesInput.from(bytes);
    }
    switch (codec) {
      case SNAPPY -> new SnappyDecompressor().decompress(packed, 0, packed.length, bytes, 0, size);
      case ZSTD -> new ZstdDecompressor().decompress(packed, 0, packed.length, bytes, 0, size);
      case LZ4_RAW -> Lz4.unpackBlock(packed, 0, packed.length, bytes, 0);
      case GZIP -> {
        try (InputStream gzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
          if (gzip.readNBytes(bytes, 0, size) < size) {
            throw new EOFException("a page is cut off");
          }
        }
      }
      default -> throw DamagedFile.unsupported(FORMAT, file, "pages packed with " + codec);
    }
    return BytesInput.from(bytes);
  }

  /** A part of a file. */
  private static final class Stretch extends InputStream {
    private final FileChannel channel;
    private final long end;
    private long position;

    Stretch(FileChannel channel, long position, long end) {
      this.channel = channel;
      this.position = position;
      this.end = end;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      if (position >= end || position < 0) {
        return -1;
      }
      int wanted = (int) Math.min(length, end - position);
      int read = channel.read(ByteBuffer.wrap(target, from, wanted), position);
      position += Math.max(0, read);
      return read;
    }
  }
}
