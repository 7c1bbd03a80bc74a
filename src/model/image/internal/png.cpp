// The only file that includes libpng.
//
// libpng reports errors by longjmp. A jump over a frame that holds objects with destructors is undefined, so every
// function below that calls setjmp, and everything it calls, holds plain data only; buffers belong to the callers above
// them.

#include <csetjmp>
#include <cstring>
#include <memory>

#include <png.h>

#include "model/image/image.h"
#include "model/image/internal/checks.h"

namespace noonmark::image {

namespace {

/// What libpng's callbacks share with us. Plain data, outlives the png_struct.
struct Session {
  png_structp png = nullptr;
  png_infop info = nullptr;
  bool reading = true;
  char message[160] = {};
  const std::uint8_t* input = nullptr;
  std::size_t input_left = 0;
  core::Bytes* output = nullptr;
  bool out_of_memory = false;

  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    if (png == nullptr) return;
    if (reading) {
      png_destroy_read_struct(&png, &info, nullptr);
    } else {
      png_destroy_write_struct(&png, &info);
    }
  }
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* session = static_cast<Session*>(png_get_error_ptr(png));
  std::strncpy(session->message, message, sizeof session->message - 1);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep into, std::size_t count) {
  auto* session = static_cast<Session*>(png_get_io_ptr(png));
  if (count > session->input_left) png_error(png, "the file is cut short");
  std::memcpy(into, session->input, count);
  session->input += count;
  session->input_left -= count;
}

void on_write(png_structp png, png_bytep from, std::size_t count) {
  auto* session = static_cast<Session*>(png_get_io_ptr(png));
  session->output->insert(session->output->end(), from, from + count);
}

void on_flush(png_structp) {}

/// Chunks that carry text, profiles or other things that we don't look at: skipped unread, so that none can hide a
/// decompression bomb.
void ignore_ancillary_chunks(png_structp png) {
  static constexpr char kNames[] =
      "iCCP\0sRGB\0gAMA\0cHRM\0sBIT\0bKGD\0hIST\0pHYs\0sPLT\0tIME\0tEXt\0zTXt\0iTXt\0oFFs\0pCAL\0sCAL\0eXIf";
  static_assert(sizeof kNames % 5 == 0);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, reinterpret_cast<png_const_bytep>(kNames),
                              static_cast<int>(sizeof kNames / 5));
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
}

struct Header {
  png_uint_32 width = 0;
  png_uint_32 height = 0;
  int channels = 0;
  int passes = 1;
};

/// Reads up to the first pixels and sets up the conversions. False on error, told in session.message.
bool read_header(Session& session, const ImageLimits& limits, Header& header) {
  if (setjmp(png_jmpbuf(session.png)) != 0) return false;
  png_structp png = session.png;
  png_infop info = session.info;
  png_set_read_fn(png, &session, on_read);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_benign_errors(png, 0);
  // One more than allowed, so that our own message is the one that is given.
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(png, std::max<std::size_t>(limits.max_encoded_bytes, 1));
  ignore_ancillary_chunks(png);
  png_read_info(png, info);
  header.width = png_get_image_width(png, info);
  header.height = png_get_image_height(png, info);
  const png_byte color = png_get_color_type(png, info);
  const png_byte depth = png_get_bit_depth(png, info);
  const bool has_transparent_color = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  if (depth == 16) png_set_scale_16(png);
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (color == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (has_transparent_color) png_set_tRNS_to_alpha(png);
  if (color == PNG_COLOR_TYPE_GRAY_ALPHA || (color == PNG_COLOR_TYPE_GRAY && has_transparent_color)) {
    png_set_gray_to_rgb(png);
  }
  header.passes = png_set_interlace_handling(png);
  return true;
}

/// Finishes the set-up (this is where libpng allocates its rows) and says how many channels there will be.
bool start_pixels(Session& session, Header& header, std::size_t& row_bytes) {
  if (setjmp(png_jmpbuf(session.png)) != 0) return false;
  png_read_update_info(session.png, session.info);
  header.channels = png_get_channels(session.png, session.info);
  row_bytes = png_get_rowbytes(session.png, session.info);
  return true;
}

bool read_pixels(Session& session, const Header& header, std::uint8_t* pixels, std::size_t row_bytes) {
  if (setjmp(png_jmpbuf(session.png)) != 0) return false;
  for (int pass = 0; pass < header.passes; ++pass) {
    for (png_uint_32 y = 0; y < header.height; ++y) png_read_row(session.png, pixels + y * row_bytes, nullptr);
  }
  png_read_end(session.png, nullptr);
  return true;
}

bool write_all(Session& session, const Image& image, int color) {
  if (setjmp(png_jmpbuf(session.png)) != 0) return false;
  png_structp png = session.png;
  png_set_write_fn(png, &session, on_write, on_flush);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, session.info, static_cast<png_uint_32>(image.width), static_cast<png_uint_32>(image.height), 8,
               color, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, session.info);
  const std::size_t row_bytes = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  for (int y = 0; y < image.height; ++y) {
    png_write_row(png, image.pixels.data() + static_cast<std::size_t>(y) * row_bytes);
  }
  png_write_end(png, session.info);
  return true;
}

core::Error corrupt(const Session& session) {
  return core::corrupt(std::string("PNG cannot be read: ") + session.message);
}

}  // namespace

core::Result<Image> decode_png(core::ByteView bytes, const ImageLimits& limits) {
  TRY(check_encoded_size("PNG", bytes, limits));
  Session session;
  session.input = bytes.data();
  session.input_left = bytes.size();
  session.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &session, on_error, on_warning);
  if (session.png != nullptr) session.info = png_create_info_struct(session.png);
  if (session.info == nullptr) return core::internal("libpng could not start reading");

  Header header;
  if (!read_header(session, limits, header)) return corrupt(session);
  TRY(check_declared_size("PNG", header.width, header.height, 4, limits));
  std::size_t row_bytes = 0;
  if (!start_pixels(session, header, row_bytes)) return corrupt(session);
  Image image = blank(static_cast<int>(header.width), static_cast<int>(header.height), header.channels);
  CHECK(row_bytes * header.height == image.pixels.size(), "libpng's rows have the size that we asked for");
  if (!read_pixels(session, header, image.pixels.data(), row_bytes)) return corrupt(session);
  if (session.input_left != 0) {
    return core::corrupt("PNG has " + std::to_string(session.input_left) + " bytes after its end: remove them");
  }
  return image;
}

core::Result<core::Bytes> encode_png(const Image& image) {
  TRY(check_can_encode("PNG", image));
  core::Bytes output;
  output.reserve(image.pixels.size() / 2 + 1024);
  Session session;
  session.reading = false;
  session.output = &output;
  session.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &session, on_error, on_warning);
  if (session.png != nullptr) session.info = png_create_info_struct(session.png);
  if (session.info == nullptr) return core::internal("libpng could not start writing");
  const int color = image.channels == 1   ? PNG_COLOR_TYPE_GRAY
                    : image.channels == 3 ? PNG_COLOR_TYPE_RGB
                                          : PNG_COLOR_TYPE_RGB_ALPHA;
  if (!write_all(session, image, color)) {
    return core::internal(std::string("PNG could not be written: ") + session.message);
  }
  return output;
}

}  // namespace noonmark::image
