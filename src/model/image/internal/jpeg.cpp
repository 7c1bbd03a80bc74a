// The only file that includes libjpeg-turbo.
//
// libjpeg reports errors through a function that must not return; ours jumps back. As in png.cpp, functions that call
// setjmp hold plain data only, and what needs a destructor belongs to their callers.

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
// jpeglib.h needs FILE and size_t to be declared before it.
#include <jpeglib.h>

#include "model/image/image.h"
#include "model/image/internal/checks.h"

namespace noonmark::image {

namespace {

/// A progressive picture may repeat its scans without end at little cost in bytes; real encoders write ten or so.
constexpr int kMaxScans = 64;

struct ErrorManager {
  jpeg_error_mgr base{};
  std::jmp_buf back{};
  char message[JMSG_LENGTH_MAX] = {};
};

[[noreturn]] void on_error(j_common_ptr info) {
  auto* manager = reinterpret_cast<ErrorManager*>(info->err);
  info->err->format_message(info, manager->message);
  std::longjmp(manager->back, 1);
}

/// Level -1 means corrupt data that libjpeg would paper over (missing bytes become grey): refused here.
void on_message(j_common_ptr info, int level) {
  if (level < 0) on_error(info);
}

void on_progress(j_common_ptr info) {
  auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (decoder->input_scan_number <= kMaxScans) return;
  auto* manager = reinterpret_cast<ErrorManager*>(info->err);
  std::snprintf(manager->message, sizeof manager->message, "more than %d scans", kMaxScans);
  std::longjmp(manager->back, 1);
}

void install(ErrorManager& manager) {
  jpeg_std_error(&manager.base);
  manager.base.error_exit = on_error;
  manager.base.emit_message = on_message;
}

struct Reader {
  jpeg_decompress_struct info{};
  ErrorManager errors;
  jpeg_progress_mgr progress{};
  bool created = false;

  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    if (created) jpeg_destroy_decompress(&info);
  }
};

struct Writer {
  jpeg_compress_struct info{};
  ErrorManager errors;
  unsigned char* buffer = nullptr;  // malloc'ed by libjpeg
  unsigned long size = 0;           // NOLINT: the type in libjpeg's interface
  bool created = false;

  Writer() = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    if (created) jpeg_destroy_compress(&info);
    std::free(buffer);
  }
};

bool read_header(Reader& reader, core::ByteView bytes) {
  install(reader.errors);
  reader.info.err = &reader.errors.base;
  if (setjmp(reader.errors.back) != 0) return false;
  jpeg_create_decompress(&reader.info);
  reader.created = true;
  reader.progress.progress_monitor = on_progress;
  reader.info.progress = &reader.progress;
  jpeg_mem_src(&reader.info, bytes.data(), static_cast<unsigned long>(bytes.size()));  // NOLINT
  jpeg_read_header(&reader.info, TRUE);
  return true;
}

bool read_pixels(Reader& reader, std::uint8_t* pixels, std::size_t row_bytes, int channels) {
  if (setjmp(reader.errors.back) != 0) return false;
  reader.info.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  // The slow integer transform gives the same values on every machine.
  reader.info.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&reader.info);
  while (reader.info.output_scanline < reader.info.output_height) {
    JSAMPROW row = pixels + reader.info.output_scanline * row_bytes;
    jpeg_read_scanlines(&reader.info, &row, 1);
  }
  jpeg_finish_decompress(&reader.info);
  return true;
}

bool write_all(Writer& writer, const Image& image, int quality) {
  install(writer.errors);
  writer.info.err = &writer.errors.base;
  if (setjmp(writer.errors.back) != 0) return false;
  jpeg_create_compress(&writer.info);
  writer.created = true;
  jpeg_mem_dest(&writer.info, &writer.buffer, &writer.size);
  writer.info.image_width = static_cast<JDIMENSION>(image.width);
  writer.info.image_height = static_cast<JDIMENSION>(image.height);
  writer.info.input_components = image.channels;
  writer.info.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&writer.info);
  jpeg_set_quality(&writer.info, quality, TRUE);
  writer.info.dct_method = JDCT_ISLOW;
  jpeg_start_compress(&writer.info, TRUE);
  const std::size_t row_bytes = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  while (writer.info.next_scanline < writer.info.image_height) {
    // libjpeg's interface is not const-correct; it does not write through this pointer.
    JSAMPROW row = const_cast<JSAMPROW>(image.pixels.data() + writer.info.next_scanline * row_bytes);
    jpeg_write_scanlines(&writer.info, &row, 1);
  }
  jpeg_finish_compress(&writer.info);
  return true;
}

core::Error corrupt(const Reader& reader) {
  return core::corrupt(std::string("JPEG cannot be read: ") + reader.errors.message);
}

}  // namespace

core::Result<Image> decode_jpeg(core::ByteView bytes, const ImageLimits& limits) {
  TRY(check_encoded_size("JPEG", bytes, limits));
  Reader reader;
  if (!read_header(reader, bytes)) return corrupt(reader);
  const J_COLOR_SPACE space = reader.info.jpeg_color_space;
  if (space != JCS_GRAYSCALE && space != JCS_YCbCr && space != JCS_RGB) {
    return core::invalid("JPEG is in a colour space other than grey, YCbCr or RGB: convert it to RGB");
  }
  const int channels = space == JCS_GRAYSCALE ? 1 : 3;
  TRY(check_declared_size("JPEG", reader.info.image_width, reader.info.image_height, channels, limits));
  Image image = blank(static_cast<int>(reader.info.image_width), static_cast<int>(reader.info.image_height), channels);
  const std::size_t row_bytes = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(channels);
  if (!read_pixels(reader, image.pixels.data(), row_bytes, channels)) return corrupt(reader);
  return image;
}

core::Result<core::Bytes> encode_jpeg(const Image& image, int quality) {
  TRY(check_can_encode("JPEG", image));
  TRY(check_quality("JPEG", quality));
  if (image.channels == 4) {
    return core::invalid("JPEG keeps no transparency: flatten the picture onto a background first");
  }
  if (image.width > JPEG_MAX_DIMENSION || image.height > JPEG_MAX_DIMENSION) {
    return core::invalid("JPEG has at most " + std::to_string(JPEG_MAX_DIMENSION) + " pixels a side");
  }
  Writer writer;
  if (!write_all(writer, image, quality)) {
    return core::internal(std::string("JPEG could not be written: ") + writer.errors.message);
  }
  return core::Bytes(writer.buffer, writer.buffer + writer.size);
}

}  // namespace noonmark::image
