package dev.tuneline.platform.tables.columnar;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flatbuf.Date;
import org.apache.arrow.flatbuf.DateUnit;
import org.apache.arrow.flatbuf.Decimal;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FixedSizeBinary;
import org.apache.arrow.flatbuf.FixedSizeList;
import org.apache.arrow.flatbuf.FloatingPoint;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.TimeUnit;
import org.apache.arrow.flatbuf.Timestamp;
import org.apache.arrow.flatbuf.Type;
import org.jspecify.annotations.Nullable;

/** Which column each of Arrow's types is. */
final class ArrowTypes {
  private ArrowTypes() {}

  static ArrowColumn column(
      Field field,
      int length,
      @Nullable ByteBuffer valid,
      ArrowBuffers buffers,
      int depth,
      String file) {
    return switch (field.typeType()) {
      case Type.Utf8, Type.Binary -> bytes(length, valid, buffers, 4);
      case Type.LargeUtf8, Type.LargeBinary -> bytes(length, valid, buffers, 8);
      case Type.Utf8View, Type.BinaryView -> {
        ByteBuffer views = buffers.nextBuffer();
        List<ByteBuffer> data = new ArrayList<>();
        for (long i = buffers.nextVariadicCount(); i > 0; i--) {
          data.add(buffers.nextBuffer());
        }
        yield new ArrowColumn.Views(length, valid, views, data);
      }
      case Type.FixedSizeBinary -> {
        int width = ((FixedSizeBinary) type(field, new FixedSizeBinary())).byteWidth();
        yield new ArrowColumn.Fixed(length, valid, buffers.nextBuffer(), width);
      }
      case Type.Int -> {
        Int type = (Int) type(field, new Int());
        yield new ArrowColumn.Whole(
            length, valid, buffers.nextBuffer(), type.bitWidth(), type.isSigned());
      }
      case Type.FloatingPoint -> {
        int precision = ((FloatingPoint) type(field, new FloatingPoint())).precision();
        yield new ArrowColumn.Floating(length, valid, buffers.nextBuffer(), precision);
      }
      case Type.Bool -> new ArrowColumn.Flags(length, valid, buffers.nextBuffer());
      case Type.Decimal -> {
        Decimal type = (Decimal) type(field, new Decimal());
        yield new ArrowColumn.Decimals(
            length, valid, buffers.nextBuffer(), type.bitWidth() / 8, type.scale());
      }
      case Type.Date -> {
        boolean days = ((Date) type(field, new Date())).unit() == DateUnit.DAY;
        yield new ArrowColumn.Days(length, valid, buffers.nextBuffer(), days);
      }
      case Type.Timestamp -> {
        int unit = ((Timestamp) type(field, new Timestamp())).unit();
        long perSecond =
            switch (unit) {
              case TimeUnit.SECOND -> 1L;
              case TimeUnit.MILLISECOND -> 1_000L;
              case TimeUnit.MICROSECOND -> 1_000_000L;
              default -> 1_000_000_000L;
            };
        yield new ArrowColumn.Instants(length, valid, buffers.nextBuffer(), perSecond);
      }
      case Type.List, Type.Map -> {
        ByteBuffer offsets = buffers.nextBuffer();
        yield new ArrowColumn.Lists(
            length, valid, offsets, 4, buffers.children(field, depth).getFirst());
      }
      case Type.LargeList -> {
        ByteBuffer offsets = buffers.nextBuffer();
        yield new ArrowColumn.Lists(
            length, valid, offsets, 8, buffers.children(field, depth).getFirst());
      }
      case Type.FixedSizeList -> {
        int size = ((FixedSizeList) type(field, new FixedSizeList())).listSize();
        yield new ArrowColumn.FixedLists(
            length, valid, size, buffers.children(field, depth).getFirst());
      }
      case Type.Struct_ -> {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < field.childrenLength(); i++) {
          names.add(String.valueOf(field.children(i).name()));
        }
        yield new ArrowColumn.Structs(length, valid, names, buffers.children(field, depth));
      }
      default ->
          throw DamagedFile.unsupported(
              "Arrow", file, "a column of type " + Type.name(field.typeType()));
    };
  }

  private static ArrowColumn bytes(
      int length, @Nullable ByteBuffer valid, ArrowBuffers buffers, int width) {
    ByteBuffer offsets = buffers.nextBuffer();
    return new ArrowColumn.Bytes(length, valid, offsets, width, buffers.nextBuffer());
  }

  private static Object type(Field field, com.google.flatbuffers.Table into) {
    return DamagedFile.required(field.type(into));
  }
}
