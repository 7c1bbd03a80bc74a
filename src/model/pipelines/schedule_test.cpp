#include "model/pipelines/schedule.h"

#include "base/core/files.h"
#include "model/pipelines/internal/step.h"

namespace noonmark::pipelines {
namespace {

using codec::Json;

std::vector<float> floats(const Json& list) {
  std::vector<float> values;
  for (const Json& value : list.as_array()) values.push_back(static_cast<float>(value.as_number()));
  return values;
}

/// The closed-form "model" of the golden file.
std::vector<float> answer(const std::vector<float>& input, double timestep) {
  std::vector<float> output;
  for (const float x : input)
    output.push_back(static_cast<float>(std::tanh(0.7 * x) * std::cos(timestep / 300) + 0.1 * x));
  return output;
}

double difference(const std::vector<float>& ours, const Json& theirs) {
  double worst = 0, largest = 0;
  const std::vector<float> expected = floats(theirs);
  if (expected.size() != ours.size()) return 1e9;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    worst = std::max(worst, std::abs(double(ours[i]) - expected[i]));
    largest = std::max(largest, std::abs(double(expected[i])));
  }
  return worst / std::max(largest, 1e-3);
}

Json config_of(const Json& golden) {
  Json config = *golden.find("config");
  config["_class_name"] = *golden.find("scheduler");
  for (const auto& [key, value] : golden.find("extra")->as_object()) config[key] = value;
  return config;
}

/// Walks one golden case; the worst relative difference of inputs and latents.
double walk(const Json& golden) {
  const SchedulerConfig config = parse_scheduler(config_of(golden)).value();
  const int steps = static_cast<int>(golden.find("num_inference_steps")->as_integer());
  const Schedule schedule = plan_schedule(config, steps).value();
  double worst = std::abs(schedule.initial_noise_scale / golden.find("init_noise_sigma")->as_number() - 1);
  std::vector<float> sample = floats(*golden.find("noise"));
  for (float& value : sample) value *= static_cast<float>(schedule.initial_noise_scale);
  std::vector<float> clean(sample.size());
  const Json::Array& noises = golden.find("step_noises")->as_array();
  EXPECT_EQ(schedule.steps.size(), golden.find("timesteps")->as_array().size());
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    const ScheduleStep& step = schedule.steps[i];
    const double timestep = golden.find("timesteps")->as_array()[i].as_number();
    worst = std::max(worst, std::abs(step.timestep - timestep) / std::max(timestep, 1.0));
    std::vector<float> input = sample;
    for (float& value : input) value *= static_cast<float>(step.input_scale);
    worst = std::max(worst, difference(input, golden.find("model_inputs")->as_array()[i]));
    const std::vector<float> noise = i < noises.size() ? floats(noises[i]) : std::vector<float>{};
    apply_step(step, schedule.clip_range, answer(input, step.timestep), sample, clean, noise);
    worst = std::max(worst, difference(sample, golden.find("trajectory")->as_array()[i]));
  }
  return worst;
}

TEST(Schedule, WalksAllGoldenCasesOfDiffusers) {
  const std::string path = NOONMARK_SOURCE_DIR "/tests/golden/schedulers/scheduler_golden.json";
  const Json golden = codec::parse_json(core::read_text(path, 1 << 20).value()).value();
  const Json::Object& cases = golden.find("cases")->as_object();
  EXPECT_EQ(cases.size(), 63u);
  double worst = 0;
  for (const auto& [name, one] : cases) {
    const double difference = walk(one);
    EXPECT_LT(difference, 1e-4) << name;
    worst = std::max(worst, difference);
  }
  EXPECT_GT(worst, 0);  // two precisions never agree to the last bit: zero would mean that nothing was compared
}

Json euler() {
  return Json::object({{"_class_name", "EulerDiscreteScheduler"},
                       {"beta_schedule", "scaled_linear"},
                       {"beta_start", 0.00085},
                       {"beta_end", 0.012},
                       {"timestep_spacing", "leading"},
                       {"steps_offset", 1}});
}

void expect_refused(const std::string& key, Json value, const std::string& class_name = "EulerDiscreteScheduler") {
  Json config = euler();
  config["_class_name"] = class_name;
  config[key] = std::move(value);
  const auto parsed = parse_scheduler(config);
  ASSERT_FALSE(parsed.ok()) << key;
  EXPECT_EQ(parsed.error().kind, core::ErrorKind::invalid);
  EXPECT_NE(parsed.error().message.find(key), std::string::npos) << parsed.error().message;
}

TEST(SchedulerConfig, RefusesWhatItDoesNotKnowByName) {
  expect_refused("_class_name", "PNDMScheduler", "PNDMScheduler");
  expect_refused("thresholding", true);
  expect_refused("use_karras_sigmas", true, "DDIMScheduler");
  expect_refused("prediction_type", "flow_prediction");
  expect_refused("solver_order", 3, "DPMSolverMultistepScheduler");
  expect_refused("solver_type", "heun", "DPMSolverMultistepScheduler");
  expect_refused("num_train_timesteps", 1);
  expect_refused("num_train_timesteps", 1 << 30);
  expect_refused("beta_start", 2.0);
  expect_refused("beta_start", "many");
  expect_refused("trained_betas", Json::array());
  expect_refused("shift", 0, "FlowMatchEulerDiscreteScheduler");
  EXPECT_FALSE(parse_scheduler(Json(3)).ok());
  EXPECT_FALSE(parse_scheduler(Json::object()).ok());
}

TEST(SchedulerConfig, AcceptsMembersThatAreOffOrForOthers) {
  Json config = euler();
  config["thresholding"] = false;
  config["trained_betas"] = nullptr;
  config["_diffusers_version"] = "0.19.0.dev0";
  config["skip_prk_steps"] = true;
  config["sample_max_value"] = 1.0;
  EXPECT_TRUE(parse_scheduler(config).ok());
}

TEST(Schedule, RefusesStepsThatTheSchedulerCannotTake) {
  SchedulerConfig config = parse_scheduler(euler()).value();
  EXPECT_TRUE(plan_schedule(config, 999).ok());
  for (const int steps : {0, -1, 1000, 1001}) {
    EXPECT_EQ(plan_schedule(config, steps).error().kind, core::ErrorKind::invalid) << steps;
  }
  config.steps_offset = 60;
  EXPECT_FALSE(plan_schedule(config, 20).ok());
  Json lcm = euler();
  lcm["_class_name"] = "LCMScheduler";
  EXPECT_TRUE(plan_schedule(parse_scheduler(lcm).value(), 50).ok());
  EXPECT_FALSE(plan_schedule(parse_scheduler(lcm).value(), 51).ok());
}

TEST(Schedule, RefusesStepsWithoutFiniteValues) {
  Json ddim = euler();
  ddim["_class_name"] = "DDIMScheduler";
  ddim["timestep_spacing"] = "trailing";
  ddim["rescale_betas_zero_snr"] = true;
  EXPECT_FALSE(plan_schedule(parse_scheduler(ddim).value(), 10).ok());
  ddim["prediction_type"] = "v_prediction";
  EXPECT_TRUE(plan_schedule(parse_scheduler(ddim).value(), 10).ok());
}

TEST(Schedule, EveryStepCountGivesFallingTimestepsInRange) {
  for (const std::string name : {"EulerDiscreteScheduler", "DDIMScheduler", "DPMSolverMultistepScheduler",
                                 "EulerAncestralDiscreteScheduler", "FlowMatchEulerDiscreteScheduler"}) {
    for (const std::string spacing : {"leading", "trailing", "linspace"}) {
      Json json = euler();
      if (name.starts_with("Flow"))
        json = Json::object({{"shift", 3.0}});
      else
        json["timestep_spacing"] = spacing;
      json["_class_name"] = name;
      const SchedulerConfig config = parse_scheduler(json).value();
      for (int steps = 1; steps < 120; ++steps) {
        const auto schedule = plan_schedule(config, steps);
        ASSERT_TRUE(schedule.ok()) << name << spacing << steps;
        ASSERT_EQ(schedule->steps.size(), static_cast<std::size_t>(steps));
        double last = 1001;
        for (const ScheduleStep& step : schedule->steps) {
          EXPECT_LT(step.timestep, last);
          EXPECT_GE(step.timestep, 0);
          last = step.timestep;
        }
      }
    }
  }
}

TEST(Schedule, SaysHowNoisyALatentIsBeforeEachStep) {
  for (const char* name : {"EulerDiscreteScheduler", "DDIMScheduler", "DPMSolverMultistepScheduler", "LCMScheduler",
                           "FlowMatchEulerDiscreteScheduler"}) {
    const SchedulerConfig config = parse_scheduler(codec::Json::object({{"_class_name", name}})).value();
    const Schedule schedule = plan_schedule(config, 8).value();
    double before = -1;
    for (const ScheduleStep& step : schedule.steps) {
      EXPECT_GT(step.signal / step.noise, before) << name << ": less and less noise";
      before = step.signal / step.noise;
      // With a perfect model, which answers the noise that was added, the clean sample is found again.
      if (config.prediction != Prediction::epsilon || step.clean_from_output == 0) continue;
      const double clean = 0.3, noise = -1.1, latent = step.signal * clean + step.noise * noise;
      EXPECT_NEAR(step.clean_from_sample * latent + step.clean_from_output * noise, clean, 1e-9) << name;
    }
  }
}

TEST(Schedule, FromAPictureTheLastPartIsWalked) {
  const SchedulerConfig config =
      parse_scheduler(codec::Json::object({{"_class_name", "DPMSolverMultistepScheduler"}})).value();
  const Schedule whole = plan_schedule(config, 20).value();
  for (const auto& [strength, steps] : {std::pair(1.0, 20u), {0.5, 10u}, {0.01, 1u}, {0.999, 19u}}) {
    const Schedule part = from_picture(whole, strength);
    ASSERT_EQ(part.steps.size(), steps) << strength;
    EXPECT_EQ(part.steps.back().timestep, whole.steps.back().timestep);
    EXPECT_EQ(part.steps.front().from_previous_clean, 0) << "there is no step before";
  }
}

TEST(Step, GuidanceOfOneIsThePositiveAnswer) {
  const std::vector<float> negative = {1, 2, 3}, positive = {4, 0, 3};
  std::vector<float> output(3);
  guide(negative, positive, 1, output);
  EXPECT_EQ(output, positive);
  guide(negative, positive, 3, output);
  EXPECT_EQ(output, (std::vector<float>{10, -4, 3}));
  rescale_guidance(positive, 1, output);
  const auto spread = [](const std::vector<float>& v) {
    const float mean = (v[0] + v[1] + v[2]) / 3;
    return std::hypot(v[0] - mean, v[1] - mean, v[2] - mean);
  };
  EXPECT_NEAR(spread(output), spread(positive), 1e-5);
}

TEST(Step, FindsEveryValueThatIsNotFinite) {
  std::vector<float> values(100, 1.0F);
  EXPECT_TRUE(all_finite(values));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t place : {0u, 57u, 99u}) {
      values[place] = bad;
      EXPECT_FALSE(all_finite(values));
      values[place] = 1.0F;
    }
  }
  EXPECT_TRUE(all_finite({}));
}

}  // namespace
}  // namespace noonmark::pipelines
