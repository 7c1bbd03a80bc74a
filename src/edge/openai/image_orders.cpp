#include <algorithm>

#include "base/codec/json.h"
#include "edge/openai/order.h"
#include "net/http/multipart.h"
#include "trial/runner/protocol.h"

namespace noonmark::openai {
namespace {

using codec::Json;
using runner::Purpose;
using runner::WireRequest;

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// A form knows texts only; JSON's parser says what is wrong with them.
Json value_of(std::string_view name, std::string_view text) {
  const bool typed = is_one_of(name, {"n", "seed", "steps", "guidance_scale", "guidance_rescale", "strength", "stream",
                                      "partial_images", "output_compression", "expand"});
  if (typed) {
    if (auto value = codec::parse_json(text, {text.size() + 1, 4}); value.ok()) return *std::move(value);
  }
  return Json(std::string(text));
}

core::Result<WireRequest> read_form(const http::Request& request, Purpose purpose) {
  const auto parts =
      TRY(http::parse_form(request.headers.find("Content-Type").value_or(""), request.body, http::FormLimits{}));
  Json fields = Json::object();
  runner::Files files;
  for (const http::FormPart& part : parts) {
    const bool picture = is_one_of(part.name, {"image", "image[]"});
    if (picture || part.name == "mask") {
      std::string& file = picture ? files.picture : files.mask;
      if (!file.empty()) return core::invalid("more than one " + part.name + ": one picture at a time is taken");
      file = part.content;
    } else if (fields.find(part.name) != nullptr) {
      return core::invalid("the form has the field " + runner::clean_text(part.name, 64) + " twice");
    } else {
      fields[part.name] = value_of(part.name, part.content);
    }
  }
  return runner::parse_request(codec::write_json(fields), purpose, std::move(files));
}

core::Result<WireRequest> read_wire(const http::Request& request, Purpose purpose) {
  if (purpose != Purpose::generation && http::equal_ignoring_case(media_type(request), "multipart/form-data")) {
    return read_form(request, purpose);
  }
  TRY(expect_json(request));
  return runner::parse_request(request.body, purpose);
}

template <Purpose purpose>
core::Result<Order> read(const http::Request& request) {
  WireRequest wire = TRY(read_wire(request, purpose));
  Order order;
  order.model = wire.model;
  order.job_path = runner::path_of(purpose);
  if (purpose != Purpose::upscale) {
    // Another picture each time, as callers expect, and the means to get this one again.
    if (!wire.seeded) wire.image.seed = random_seed();
    order.fields.add("x-noonmark-seed", std::to_string(wire.image.seed));
  }
  order.write = [wire = std::move(wire)](const std::string& model) mutable {
    wire.model = model;
    return runner::write_request(wire);
  };
  return order;
}

}  // namespace

std::vector<Kind> image_kinds() {
  constexpr std::string_view kTask = "text-to-image", kDoes = "makes pictures";
  return {{runner::kImagesPath, kTask, kDoes, read<Purpose::generation>},
          {runner::kEditsPath, kTask, kDoes, read<Purpose::edit>},
          {runner::kVariationsPath, kTask, kDoes, read<Purpose::variation>},
          {runner::kUpscalesPath, "upscale", "enlarges pictures", read<Purpose::upscale>}};
}

}  // namespace noonmark::openai
