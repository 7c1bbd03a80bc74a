#include "edge/oip/oip.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/codec/fields.h"
#include "base/codec/json.h"
#include "edge/openai/units.h"
#include "trial/runner/protocol.h"

namespace noonmark::oip {
namespace {

using codec::Fields;
using codec::Json;

constexpr std::string_view kTask = "text-to-image", kDoes = "makes pictures";
constexpr std::string_view kInfer = "/v2/models/*/infer", kReady = "/v2/models/*/ready", kModel = "/v2/models/*";
constexpr std::string_view kOutput = "image";
constexpr std::size_t kMaxInputs = 16, kMaxDimensions = 8, kMaxName = 256;

/// An input and the member of our own words that it becomes.
struct Known {
  std::string_view name, datatype;
  std::span<const std::string_view> also;  // data types that are taken too
};
constexpr auto kWhole =
    std::to_array<std::string_view>({"UINT64", "UINT32", "UINT16", "UINT8", "INT32", "INT16", "INT8"});
constexpr auto kReal = std::to_array<std::string_view>({"FP32"});
constexpr std::array<Known, 5> kInputs = {{{"prompt", "BYTES", {}},
                                           {"negative_prompt", "BYTES", {}},
                                           {"seed", "INT64", kWhole},
                                           {"steps", "INT64", kWhole},
                                           {"guidance_scale", "FP64", kReal}}};

/// The only element of a tensor, however deep in it.
const Json* only_element(const Json& data) {
  const Json* one = &data;
  for (std::size_t depth = 0; one->is_array(); ++depth) {
    if (one->as_array().size() != 1 || depth == kMaxDimensions) return nullptr;
    one = &one->as_array().front();
  }
  return one;
}

/// Every dimension is 1.
bool is_one_element(const Json::Array& shape) {
  return std::ranges::all_of(shape, [](const Json& side) { return side == Json(1); });
}

core::Result<void> read_input(const Json& json, std::size_t place, Json& own) {
  const std::string where = "request.inputs[" + std::to_string(place) + "]";
  if (!json.is_object()) return core::invalid(where + " must be an object");
  Fields fields(json, where);
  const std::string name = fields.text("name", kMaxName), datatype = fields.text("datatype", 16);
  const Json::Array& shape = fields.array("shape", kMaxDimensions);
  const Json* const element = only_element(fields.child("data"));
  (void)fields.optional_child("parameters");
  TRY(fields.finish());
  const auto known = std::ranges::find(kInputs, name, &Known::name);
  if (known == kInputs.end()) return core::invalid(where + ".name: there is no input of this name");
  if (datatype != known->datatype && std::ranges::find(known->also, datatype) == known->also.end()) {
    return core::invalid(where + ".datatype: must be " + std::string(known->datatype));
  }
  if (element == nullptr || !is_one_element(shape)) return core::invalid(where + ": must have one element");
  if (own.find(name) != nullptr) return core::invalid(where + ".name: this input is there twice");
  own[name] = *element;
  return {};
}

struct Asked {
  runner::WireRequest wire;
  std::string id;
};

core::Result<void> check_outputs(Fields& fields) {
  const Json* const outputs = fields.optional_child("outputs");
  if (outputs == nullptr) return {};
  if (!outputs->is_array()) return core::invalid("request.outputs: must be a list");
  for (const Json& one : outputs->as_array()) {
    const Json* const name = one.find("name");
    if (name == nullptr || *name != Json(kOutput)) {
      return core::invalid("request.outputs: the only output is " + std::string(kOutput));
    }
  }
  return {};
}

core::Result<Asked> read_body(std::string_view body) {
  const Json document = TRY(codec::parse_json(body, {runner::kMaxRequestBytes, 16}));
  if (!document.is_object()) return core::invalid("the request must be a JSON object");
  Fields fields(document, "request");
  Asked asked;
  asked.id = fields.text_or("id", "", kMaxName);
  (void)fields.optional_child("parameters");
  TRY(check_outputs(fields));
  const Json::Array& inputs = fields.array("inputs", kMaxInputs);
  TRY(fields.finish());
  Json own = Json::object();
  for (std::size_t i = 0; i < inputs.size(); ++i) TRY(read_input(inputs[i], i, own));
  asked.wire = TRY(runner::parse_request(codec::write_json(own), runner::Purpose::generation));
  if (!asked.wire.seeded) asked.wire.image.seed = openai::random_seed();
  return asked;
}

Json tensor(std::string_view name, std::string_view datatype, Json shape) {
  return Json::object({{"name", name}, {"datatype", datatype}, {"shape", std::move(shape)}});
}

/// {"model_name","id","outputs"} from {"data":[{"b64_json"}…]}.
core::Result<std::string> translate(const std::string& answer, const std::string& model, const std::string& id) {
  const Json json = TRY(codec::parse_json(answer, {answer.size() + 1, 8}));
  const Json* const data = json.find("data");
  if (data == nullptr || !data->is_array()) return core::corrupt("it has no data");
  Json images = Json::array();
  for (const Json& one : data->as_array()) {
    const Json* const picture = one.find("b64_json");
    if (picture == nullptr || !picture->is_string()) return core::corrupt("a picture is missing");
    images.push_back(*picture);
  }
  Json output = tensor(kOutput, "BYTES", Json::Array{Json(images.as_array().size())});
  output["data"] = std::move(images);
  Json told = Json::object({{"model_name", model}, {"outputs", Json::Array{std::move(output)}}});
  if (!id.empty()) told["id"] = id;
  return codec::write_json(told);
}

core::Result<openai::Order> read(const http::Request& request) {
  if (request.headers.find("Inference-Header-Content-Length")) {
    return core::usage("the binary extension isn't spoken here: send data as JSON (binary_data=False)");
  }
  TRY(openai::expect_json(request));
  Asked asked = TRY(read_body(request.body));
  openai::Order order;
  order.model = openai::name_in(kInfer, request.path()).value_or("");
  order.job_path = runner::path_of(runner::Purpose::generation);
  order.units = openai::units_of(asked.wire);
  order.fields.add("x-noonmark-seed", std::to_string(asked.wire.image.seed));
  order.translate = [model = order.model, id = asked.id](const std::string& answer) {
    return translate(answer, model, id);
  };
  order.write = [wire = std::move(asked.wire)](const std::string& model) mutable {
    wire.model = model;
    return runner::write_request(wire);
  };
  return order;
}

// --- what clients look at first

const router::Model* find(const openai::Seen& seen) {
  const auto found = std::ranges::find_if(
      seen.models, [&](const router::Model& one) { return one.name == seen.name && one.task == kTask; });
  return found == seen.models.end() ? nullptr : &*found;
}

http::Response unknown_model() {
  return http::error_response(404, "no model of this name makes pictures here", "model_not_found");
}

http::Response server(const openai::Seen&) {
  return openai::json_response(Json::object({{"name", "noonmark"}, {"version", "2"}, {"extensions", Json::array()}}));
}

http::Response live(const openai::Seen&) { return openai::json_response(Json::object({{"live", true}})); }

/// The protocol wants a status of the four hundreds where nothing is ready.
http::Response ready(const openai::Seen& seen) {
  return openai::json_response(Json::object({{"ready", seen.ready}}), seen.ready ? 200 : 400);
}

http::Response model_ready(const openai::Seen& seen) {
  if (find(seen) == nullptr) return unknown_model();
  return openai::json_response(Json::object({{"name", seen.name}, {"ready", seen.ready}}), seen.ready ? 200 : 400);
}

http::Response model(const openai::Seen& seen) {
  const router::Model* const found = find(seen);
  if (found == nullptr) return unknown_model();
  Json inputs = Json::array(), versions = Json::array();
  for (const Known& one : kInputs) inputs.push_back(tensor(one.name, one.datatype, Json::Array{Json(1)}));
  for (const std::string& one : found->packages) versions.push_back(one);
  return openai::json_response(
      Json::object({{"name", found->name},
                    {"versions", std::move(versions)},
                    {"platform", "noonmark"},
                    {"inputs", std::move(inputs)},
                    {"outputs", Json::Array{tensor(kOutput, "BYTES", Json::Array{Json(-1)})}}}));
}

}  // namespace

std::vector<openai::Kind> kinds() { return {{kInfer, kTask, kDoes, read}}; }

std::vector<openai::Page> pages() {
  return {{"/v2", server},
          {"/v2/health/live", live, "GET", true},
          {"/v2/health/ready", ready, "GET", true},
          {kReady, model_ready},
          {kModel, model}};
}

}  // namespace noonmark::oip
