#include "edge/sdapi/sdapi.h"

#include <algorithm>
#include <array>

#include "base/codec/fields.h"
#include "base/codec/json.h"
#include "trial/runner/protocol.h"

namespace noonmark::sdapi {
namespace {

using codec::Fields;
using codec::Json;
using runner::Purpose;
using runner::WireRequest;

constexpr std::string_view kTask = "text-to-image", kDoes = "makes pictures";
constexpr std::array<std::string_view, 12> kSamplers = {"Euler",     "Euler a", "DPM++ 2M",        "DPM++ 2M SDE",
                                                        "DPM++ SDE", "DDIM",    "DPM++ 2M Karras", "LCM",
                                                        "Heun",      "LMS",     "UniPC",           "Automatic"};

/// Members of AUTOMATIC1111's requests that may be there and change nothing, whatever they hold.
constexpr auto kPassedOver = std::to_array<std::string_view>({"subseed",
                                                              "subseed_strength",
                                                              "seed_resize_from_h",
                                                              "seed_resize_from_w",
                                                              "scheduler",
                                                              "do_not_save_samples",
                                                              "do_not_save_grid",
                                                              "eta",
                                                              "s_min_uncond",
                                                              "s_churn",
                                                              "s_tmax",
                                                              "s_tmin",
                                                              "s_noise",
                                                              "override_settings_restore_afterwards",
                                                              "refiner_switch_at",
                                                              "disable_extra_networks",
                                                              "comments",
                                                              "firstphase_width",
                                                              "firstphase_height",
                                                              "hr_scale",
                                                              "hr_upscaler",
                                                              "hr_second_pass_steps",
                                                              "hr_resize_x",
                                                              "hr_resize_y",
                                                              "hr_checkpoint_name",
                                                              "hr_sampler_name",
                                                              "hr_scheduler",
                                                              "hr_prompt",
                                                              "hr_negative_prompt",
                                                              "force_task_id",
                                                              "script_args",
                                                              "save_images",
                                                              "infotext",
                                                              "resize_mode",
                                                              "image_cfg_scale",
                                                              "mask_blur",
                                                              "mask_blur_x",
                                                              "mask_blur_y",
                                                              "inpainting_fill",
                                                              "inpaint_full_res",
                                                              "inpaint_full_res_padding",
                                                              "initial_noise_multiplier",
                                                              "include_init_images"});
/// Those that must ask for nothing.
constexpr auto kEmpty =
    std::to_array<std::string_view>({"styles", "enable_hr", "restore_faces", "tiling", "refiner_checkpoint",
                                     "script_name", "alwayson_scripts", "firstpass_image", "latent_mask"});

bool asks_for_nothing(const Json& value) {
  return value.is_null() || value == Json(false) || value == Json("") || value == Json("None") ||
         (value.is_array() && value.as_array().empty()) || (value.is_object() && value.as_object().empty());
}

void read_sampler(Fields& fields) {
  for (const char* key : {"sampler_name", "sampler_index"}) {
    const std::string name = fields.text_or(key, "", 64);
    if (!name.empty() && std::ranges::find(kSamplers, name) == kSamplers.end()) {
      fields.fail(key, "is not known; see /sdapi/v1/samplers");
    }
  }
}

std::string read_model(Fields& fields) {
  const Json* const settings = fields.optional_child("override_settings");
  if (settings == nullptr) return "";
  if (!settings->is_object()) return fields.fail("override_settings", "must be an object"), std::string();
  const Json* const name = settings->find("sd_model_checkpoint");
  if (name == nullptr || name->is_null()) return "";
  if (!name->is_string()) return fields.fail("override_settings", "sd_model_checkpoint must be a text"), std::string();
  // Titles are "NAME [HASH]".
  return name->as_string().substr(0, name->as_string().find(" ["));
}

void read_size(Fields& fields, pipelines::ImageRequest& image) {
  if (fields.has("width")) image.width = static_cast<int>(fields.integer("width", 1, pipelines::kMaxSide));
  if (fields.has("height")) image.height = static_cast<int>(fields.integer("height", 1, pipelines::kMaxSide));
  if (image.width.has_value() != image.height.has_value())
    fields.fail("width", "needs height, and the other way round");
}

/// Pictures are base64 or data URLs, as in our own words: read by the same parser.
core::Result<void> read_pictures(Fields& fields, WireRequest& request) {
  const std::vector<std::string> pictures = fields.texts("init_images", 1, runner::kMaxPictureRequestBytes);
  if (pictures.size() != 1) return core::invalid("request.init_images: one picture at a time is taken");
  Json own = Json::object({{"prompt", ""}, {"image", pictures.front()}});
  if (fields.has("mask")) own["mask"] = fields.text("mask", runner::kMaxPictureRequestBytes);
  WireRequest read = TRY(runner::parse_request(codec::write_json(own), Purpose::edit));
  request.files = std::move(read.files);
  request.mask = runner::MaskRule::white_is_painted;
  if (fields.integer_or("inpainting_mask_invert", 0, 0, 1) == 1) request.mask = runner::MaskRule::black_is_painted;
  request.image.strength = fields.number_or("denoising_strength", 0.75, 1e-6, 1);
  return {};
}

struct Asked {
  WireRequest wire;
  bool send_images = true;
};

core::Result<Asked> read_body(std::string_view body, Purpose purpose) {
  const Json document = TRY(codec::parse_json(body, {runner::kMaxPictureRequestBytes, 16}));
  if (!document.is_object()) return core::invalid("the request must be a JSON object");
  Fields fields(document, "request");
  Asked asked;
  asked.wire.purpose = purpose;
  pipelines::ImageRequest& image = asked.wire.image;
  image.prompt = fields.text_or("prompt", "", runner::kMaxRequestBytes);
  image.negative_prompt = fields.text_or("negative_prompt", "", runner::kMaxRequestBytes);
  const std::int64_t seed = fields.integer_or("seed", -1, -1);
  image.seed = seed < 0 ? openai::random_seed() : static_cast<std::uint64_t>(seed);
  if (fields.has("steps")) image.steps = static_cast<int>(fields.integer("steps", 1, 10'000));
  if (fields.has("cfg_scale")) image.guidance_scale = fields.number("cfg_scale", 0, pipelines::kMaxGuidance);
  const std::int64_t n = fields.integer_or("batch_size", 1, 1, pipelines::kMaxImages) *
                         fields.integer_or("n_iter", 1, 1, pipelines::kMaxImages);
  if (n > pipelines::kMaxImages) fields.fail("n_iter", "times batch_size is too many pictures");
  image.n = static_cast<int>(n);
  read_size(fields, image);
  read_sampler(fields);
  asked.wire.model = read_model(fields);
  asked.send_images = fields.flag_or("send_images", true);
  if (purpose == Purpose::edit) {
    TRY(read_pictures(fields, asked.wire));
  } else {
    (void)fields.optional_child("denoising_strength");
  }
  for (const std::string_view key : kPassedOver) (void)fields.optional_child(key);
  for (const std::string_view key : kEmpty) {
    const Json* const value = fields.optional_child(key);
    if (value != nullptr && !asks_for_nothing(*value)) fields.fail(key, "isn't supported");
  }
  TRY(fields.finish());
  return asked;
}

/// {"images","parameters","info"} from {"data":[{"b64_json"}…]}.
core::Result<std::string> translate(const std::string& answer, const Asked& asked) {
  const Json json = TRY(codec::parse_json(answer, {answer.size() + 1, 8}));
  const Json* const data = json.find("data");
  if (data == nullptr || !data->is_array()) return core::corrupt("it has no data");
  Json images = Json::array(), seeds = Json::array();
  const pipelines::ImageRequest& image = asked.wire.image;
  for (const Json& one : data->as_array()) {
    const Json* const picture = one.find("b64_json");
    if (picture == nullptr) return core::corrupt("a picture is missing");
    if (asked.send_images) images.push_back(*picture);
    seeds.push_back(image.seed + seeds.as_array().size());
  }
  const Json info = Json::object({{"prompt", image.prompt},
                                  {"negative_prompt", image.negative_prompt},
                                  {"seed", image.seed},
                                  {"all_seeds", std::move(seeds)},
                                  {"sd_model_name", asked.wire.model}});
  const Json parameters = Json::object({{"prompt", image.prompt},
                                        {"negative_prompt", image.negative_prompt},
                                        {"seed", image.seed},
                                        {"batch_size", image.n},
                                        {"steps", image.steps ? Json(*image.steps) : Json()},
                                        {"cfg_scale", image.guidance_scale ? Json(*image.guidance_scale) : Json()}});
  return codec::write_json(
      Json::object({{"images", std::move(images)}, {"parameters", parameters}, {"info", codec::write_json(info)}}));
}

template <Purpose purpose>
core::Result<openai::Order> read(const http::Request& request) {
  TRY(openai::expect_json(request));
  Asked asked = TRY(read_body(request.body, purpose));
  openai::Order order;
  order.model = asked.wire.model;
  order.job_path = runner::path_of(purpose);
  order.fields.add("x-noonmark-seed", std::to_string(asked.wire.image.seed));
  order.write = [wire = asked.wire](const std::string& model) mutable {
    wire.model = model;
    return runner::write_request(wire);
  };
  asked.wire.files = {};
  order.translate = [asked = std::move(asked)](const std::string& answer) { return translate(answer, asked); };
  return order;
}

// --- what clients look at first

using Models = std::vector<router::Model>;

Models painters(const Models& all) {
  Models some;
  std::ranges::copy_if(all, std::back_inserter(some), [](const router::Model& one) { return one.task == kTask; });
  return some;
}

std::string title_of(const router::Model& model) {
  return model.packages.empty() ? model.name : model.name + " [" + model.packages.begin()->substr(0, 10) + "]";
}

Json options(const Models& all) {
  const Models models = painters(all);
  return Json::object(
      {{"sd_model_checkpoint", models.empty() ? Json() : Json(title_of(models.front()))}, {"samples_format", "png"}});
}

Json models(const Models& all) {
  Json list = Json::array();
  for (const router::Model& one : painters(all)) {
    const Json digest = one.packages.empty() ? Json() : Json(*one.packages.begin());
    list.push_back(Json::object({{"title", title_of(one)},
                                 {"model_name", one.name},
                                 {"hash", digest.is_null() ? Json() : Json(digest.as_string().substr(0, 10))},
                                 {"sha256", digest},
                                 {"filename", one.name},
                                 {"config", Json()}}));
  }
  return list;
}

Json samplers(const Models&) {
  Json list = Json::array();
  for (const std::string_view name : kSamplers) {
    list.push_back(
        Json::object({{"name", std::string(name)}, {"aliases", Json::array()}, {"options", Json::object()}}));
  }
  return list;
}

/// Of everybody's work: who asks isn't told apart here.
Json progress(const Models& all) {
  std::int64_t jobs = 0;
  for (const router::Model& one : painters(all)) jobs += one.busy + one.waiting;
  return Json::object({{"progress", 0.0},
                       {"eta_relative", 0.0},
                       {"state", Json::object({{"job_count", jobs},
                                               {"job_no", 0},
                                               {"sampling_step", 0},
                                               {"sampling_steps", 0},
                                               {"skipped", false},
                                               {"interrupted", false},
                                               {"job", ""}})},
                       {"current_image", Json()},
                       {"textinfo", Json()}});
}

}  // namespace

std::vector<openai::Kind> kinds() {
  return {{"/sdapi/v1/txt2img", kTask, kDoes, read<Purpose::generation>},
          {"/sdapi/v1/img2img", kTask, kDoes, read<Purpose::edit>}};
}

std::vector<openai::Page> pages() {
  return {{"/sdapi/v1/options", options},
          {"/sdapi/v1/sd-models", models},
          {"/sdapi/v1/samplers", samplers},
          {"/sdapi/v1/progress", progress}};
}

}  // namespace noonmark::sdapi
