#include "edge/report/internal/sample_view.h"

#include <algorithm>
#include <cmath>

#include "base/core/files.h"
#include "base/core/random.h"
#include "model/image/image.h"

namespace noonmark::report {

namespace {

constexpr int kRequests = 8;

PngFiles cut_sheet(const std::string& name) {
  const auto bytes = core::read_file(NOONMARK_SOURCE_DIR "/tests/golden/fidelity/" + name + ".png", 1 << 20);
  const auto sheet = image::decode_png(*bytes);
  PngFiles files;
  for (int i = 0; i < kRequests; ++i) {
    image::Image tile = image::blank(64, 64, 3);
    for (int y = 0; y < 64; ++y) {
      const auto* from = sheet->pixels.data() + sheet->offset(i % 4 * 64, i / 4 * 64 + y);
      std::copy(from, from + 192, tile.pixels.data() + tile.offset(0, y));
    }
    files.push_back(*image::encode_png(tile));
  }
  return files;
}

PngFiles one_colour(std::uint8_t value) {
  image::Image tile = image::blank(64, 64, 3);
  std::fill(tile.pixels.begin(), tile.pixels.end(), value);
  return PngFiles(kRequests, *image::encode_png(tile));
}

struct Recipe {
  const char* name;
  verdict::Status status;
  const char* reason;
  double speed;     // entry's speed-up; 0 = not measured
  double fidelity;  // mean
  double worst;
  double size_share;  // of the baseline's
  const char* sheet;  // "" = none, "flat" = one colour
};

record::Measurement measurement_of(double speed, core::Philox& random) {
  record::Measurement result;
  for (int launch = 0; launch < 6; ++launch) {
    for (const bool baseline : {true, false}) {
      const double factor = baseline ? 1 : 1 / speed;
      const double mood = 1 + 0.05 * random.normal();
      result.launches.push_back({launch, baseline, static_cast<std::int64_t>(2.1e8 * (0.6 + 0.4 * factor) * mood),
                                 static_cast<std::int64_t>(1.9e8 * (0.6 + 0.4 * factor) * mood),
                                 static_cast<std::int64_t>(9.4e7 * (0.7 + 0.3 * factor))});
      for (int pair = 0; pair < 4; ++pair) {
        const double spent = 2.61e8 * factor * mood * (1 + 0.04 * random.uniform() + (random.below(9) == 0 ? 0.2 : 0));
        record::Turn turn{.launch = launch,
                          .pair = pair,
                          .baseline = baseline,
                          .warm_up = pair == 0,
                          .wall_ns = static_cast<std::int64_t>(spent * 1.04),
                          .cpu_ns = static_cast<std::int64_t>(spent)};
        if (random.below(24) == 0) turn.discarded = "the host was busy";
        result.turns.push_back(turn);
      }
    }
    result.host.push_back({.at_ns = launch,
                           .launch = launch,
                           .other_load = 0.1 + 0.3 * random.uniform(),
                           .steal = 0.01 * random.uniform(),
                           .unfit = launch == 4 ? "other load" : ""});
  }
  result.stop = record::StopReason::narrow;
  return result;
}

record::FidelityReport fidelity_of(double mean, double worst, core::Philox& random) {
  record::FidelityReport report;
  report.floors = {{"psnr", {57.5, 26.1}}, {"ssim", {0.9998, 0.899}}, {"ms_ssim", {0.99996, 0.949}},
                   {"dhash", {1, 5}},      {"phash", {2, 8}},         {"perceptual", {0.0005, 0.174}}};
  report.mean = mean;
  report.minimum = worst;
  for (int i = 0; i < kRequests; ++i) {
    const double score = i == 5 ? worst : std::clamp(mean + (mean - worst) * (0.3 * random.uniform() - 0.02), 0.0, 1.0);
    report.outputs.push_back({i,
                              {{"psnr", 26 + 25 * score},
                               {"ssim", 0.9 + 0.0998 * score},
                               {"ms_ssim", 0.95 + 0.0499 * score},
                               {"dhash", 5 - 5 * score},
                               {"phash", 8 - 8 * score},
                               {"perceptual", 0.17 * (1 - score)}},
                              score});
  }
  return report;
}

EntryView entry_of(const Recipe& recipe, int order, core::Philox& random) {
  EntryView entry;
  verdict::EntryVerdict& verdict = entry.verdict;
  verdict.facts = {recipe.name,
                   hash::sha256(core::as_bytes(recipe.name)),
                   order,
                   1'795'600'000'000'000'000 + order * 60'000'000'000,
                   static_cast<std::int64_t>(13.7e6 * recipe.size_share),
                   order % 3 == 0 ? "" : hash::sha256(core::as_bytes("author")).hex()};
  verdict.status = recipe.status;
  verdict.reason = recipe.reason;
  if (recipe.speed > 0) {
    const double ratio = 1 / recipe.speed;
    const double width = 0.03 + 0.03 * random.uniform();
    verdict.metrics = {{record::Metric::generation_time, {ratio, ratio * (1 - width), ratio * (1 + width)}},
                       {record::Metric::load_time, {0.6 + 0.4 * ratio, 0.55 + 0.4 * ratio, 0.66 + 0.4 * ratio}},
                       {record::Metric::peak_memory, {0.7 + 0.3 * ratio, 0.69 + 0.3 * ratio, 0.72 + 0.3 * ratio}},
                       {record::Metric::package_size, {recipe.size_share, recipe.size_share, recipe.size_share}}};
    entry.measurement = measurement_of(recipe.speed, random);
    verdict.fidelity = verdict::Faithfulness{recipe.fidelity, recipe.worst};
    entry.fidelity = fidelity_of(recipe.fidelity, recipe.worst, random);
    const double cost =
        std::pow(ratio, 8.0 / 11) * std::pow(0.6 + 0.4 * ratio, 1.0 / 11) * std::pow(recipe.size_share, 1.0 / 11);
    const double value = cost < 1 ? recipe.fidelity * (1 - cost) : 1 - cost;
    verdict.score = {value,
                     value - 0.02,
                     value + 0.02,
                     {{"generation_time", ratio, 8.0 / 11, std::pow(ratio, 8.0 / 11)},
                      {"load_time", 0.6 + 0.4 * ratio, 1.0 / 11, 0.97},
                      {"package_size", recipe.size_share, 1.0 / 11, 0.95},
                      {"peak_memory", 0.7 + 0.3 * ratio, 1.0 / 11, 0.98},
                      {"fidelity", recipe.fidelity, 1, recipe.fidelity}}};
  } else {
    verdict.failure =
        record::Failure{record::Failure::Owner::entry,
                        recipe.status == verdict::Status::refused ? "wrong_digest" : "timeout", recipe.reason};
  }
  if (std::string(recipe.sheet) == "flat")
    entry.pictures = one_colour(128);
  else if (*recipe.sheet != 0)
    entry.pictures = cut_sheet(recipe.sheet);
  return entry;
}

std::vector<Recipe> recipes() {
  using verdict::Status;
  return {
      {"int8-qdq-10-steps", Status::ranked, "", 4.21, 0.871, 0.62, 0.29, "steps_10"},
      {"dpm-10-steps", Status::ranked, "", 2.08, 0.884, 0.71, 1.0, "steps_10"},
      {"int8-qdq", Status::ranked, "", 1.94, 0.902, 0.77, 0.29, "half_weights"},
      {"half-weights-baked", Status::ranked,
       "Cannot be told apart from int8-qdq on speed alone; its content came later.", 1.12, 0.998, 0.99, 0.52,
       "half_weights"},
      {"plain-copy", Status::copy, "The same content as the baseline.", 0, 0, 0, 1.0, ""},
      {"dynamic-int8", Status::not_faster, "Its generation time is not below the baseline’s with confidence.", 0.31,
       0.93, 0.84, 0.3, "half_weights"},
      {"three-steps", Status::not_faithful, "Mean fidelity 0.130 is below the floor of 0.50.", 6.4, 0.13, 0.0, 1.0,
       "steps_3"},
      {"look-up-table", Status::not_faithful, "Mean fidelity 0.041 is below the floor of 0.50.", 31.0, 0.041, 0.0, 0.4,
       "other_seed"},
      {"grey-square", Status::not_faithful, "Mean fidelity 0.000 is below the floor of 0.50.", 44.0, 0.0, 0.0, 0.02,
       "flat"},
      {"hangs", Status::failed, "It did not answer within 20 seconds.", 0, 0, 0, 1.0, ""},
      {"memory-eater", Status::failed, "It was killed at the memory limit of 1024 MiB.", 0, 0, 0, 1.0, ""},
      {"wrong-digest", Status::refused, "unet/model.onnx does not have the digest that its manifest states.", 0, 0, 0,
       1.0, ""},
  };
}

/// Contest and machine.
void add_conditions(ContestView& view) {
  view.contest.id = "emoji-cpu";
  view.contest.title = "Emoji, text to image, on one CPU core";
  view.contest.device.name = "one core of a shared x86-64 host";
  view.contest.weights = {{record::Metric::generation_time, 8},
                          {record::Metric::load_time, 1},
                          {record::Metric::peak_memory, 1},
                          {record::Metric::package_size, 1}};
  view.contest.fidelity = {0.5, 0.1};
  view.contest_digest = hash::sha256(core::as_bytes("contest"));
  view.program = "noonmark 0.1.0";
  view.opened_at_ns = 1'795'650'000'000'000'000;
  view.sealed_at_ns = view.opened_at_ns + 200'000'000'000;
  view.beacon_source = "this validator’s own random bytes";
  view.machine = {"Intel(R) Xeon(R) Processor @ 2.80GHz",
                  2,
                  8'200'000'000,
                  "Linux 6.1.0",
                  "Debian GNU/Linux 12 (bookworm)",
                  {{"noonmark", "0.1.0"}, {"onnxruntime", "1.30.0"}},
                  {}};
}

}  // namespace

ContestView sample_view() {
  const auto made = recipes();
  ContestView view;
  core::Philox random(4);
  for (std::size_t i = 0; i < made.size(); ++i)
    view.entries.push_back(entry_of(made[i], static_cast<int>(i) + 1, random));
  const std::vector<double> shares = {0.6, 0.2, 0.12, 0.08};
  for (std::size_t i = 0; i < view.entries.size(); ++i) {
    view.entries[i].verdict.rank = static_cast<int>(i) + 1;
    if (i < shares.size()) view.entries[i].verdict.weight = static_cast<std::int64_t>(shares[i] * 1e9);
  }
  view.entries[0].description = "Ten Euler steps, U-Net and VAE quantised to 8 bits with fused convolutions.";
  view.entries[8].fidelity->notes = {"8 requests got the same picture: 0 1 2 3 4 5 6 7"};
  view.winner = made[0].name;
  add_conditions(view);
  view.contest.payout.shares = shares;
  view.warnings = {
      "No control group could be made: memory is limited by rlimit only, and peak memory is read from the process."};
  for (const char* prompt :
       {"a tiger face, noto style, white background", "a red apple, twemoji style, black background",
        "a panda, twemoji style, pink background", "a red heart, noto style, white background",
        "a frog, noto style, orange background", "a penguin, noto style, red background",
        "a robot, noto style, white background", "a face with tears of joy, noto style, white background"}) {
    view.requests.push_back({prompt, 500 + view.requests.size() * 7919});
  }
  view.baseline = {
      {"emoji", hash::sha256(core::as_bytes("baseline")), 0, 0, 13'700'000, ""}, "", cut_sheet("baseline")};
  for (const char* kind : {"opened", "admitted", "drawn", "reference", "measured", "judged", "decided", "sealed"})
    view.records.push_back({kind, hash::sha256(core::as_bytes(kind))});
  view.record_file = "out/record.json";
  view.signer = hash::sha256(core::as_bytes("signer")).hex();
  return view;
}

}  // namespace noonmark::report
