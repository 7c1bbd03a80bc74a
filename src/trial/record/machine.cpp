#include "trial/record/machine.h"

#include "base/codec/fields.h"
#include "trial/record/internal/lists.h"

namespace noonmark::record {

codec::Json to_json(const Machine& machine) {
  auto versions = codec::Json::object();
  for (const auto& [name, version] : machine.versions) {
    versions[internal::bounded(name, 200)] = internal::bounded(version, 200);
  }
  return codec::Json::object({
      {"cpu_model", internal::bounded(machine.cpu_model, 200)},
      {"cores", machine.cores},
      {"memory_bytes", machine.memory_bytes},
      {"kernel", internal::bounded(machine.kernel, 200)},
      {"os", internal::bounded(machine.os, 200)},
      {"versions", std::move(versions)},
      {"accelerators", internal::texts_to_json(machine.accelerators)},
  });
}

core::Result<Machine> machine_from_json(const codec::Json& json) {
  codec::Fields fields(json, "machine");
  Machine machine;
  machine.cpu_model = fields.text("cpu_model", 200);
  machine.cores = static_cast<int>(fields.integer("cores", 0, 1'000'000));
  machine.memory_bytes = fields.integer("memory_bytes", 0);
  machine.kernel = fields.text("kernel", 200);
  machine.os = fields.text("os", 200);
  const auto& versions = fields.child("versions");
  if (!versions.is_object() || versions.as_object().size() > 100) {
    fields.fail("versions", "must be an object with at most 100 members");
  } else {
    codec::Fields each(versions, fields.path("versions"));
    for (const auto& [name, unused] : versions.as_object()) {
      machine.versions[name] = each.text(name, 200);
    }
    TRY(each.finish());
  }
  machine.accelerators = fields.texts("accelerators", 100);
  TRY(fields.finish());
  return machine;
}

codec::Json to_json(const HostSample& sample) {
  auto result = codec::Json::object({
      {"at_ns", sample.at_ns},
      {"launch", sample.launch},
      {"other_load", sample.other_load},
      {"steal", sample.steal},
      {"other", internal::bounded(sample.other)},
      {"unfit", internal::bounded(sample.unfit)},
  });
  if (sample.frequency) {
    result["frequency"] = *sample.frequency;
  }
  if (sample.temperature_c) {
    result["temperature_c"] = *sample.temperature_c;
  }
  return result;
}

core::Result<HostSample> host_sample_from_json(const codec::Json& json) {
  codec::Fields fields(json, "host sample");
  HostSample sample;
  sample.at_ns = fields.integer("at_ns", 0);
  sample.launch = static_cast<int>(fields.integer("launch", 0, 1'000'000));
  sample.other_load = fields.number("other_load");
  sample.steal = fields.number("steal");
  if (fields.has("frequency")) {
    sample.frequency = fields.number("frequency");
  }
  if (fields.has("temperature_c")) {
    sample.temperature_c = fields.number("temperature_c");
  }
  sample.other = fields.text("other");
  sample.unfit = fields.text("unfit");
  TRY(fields.finish());
  return sample;
}

}  // namespace noonmark::record
