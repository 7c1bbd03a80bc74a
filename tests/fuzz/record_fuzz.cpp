// Foreign bytes as records: every reader refuses or accepts, and what was accepted writes and reads back unchanged.
#include <cstddef>
#include <cstdint>

#include "base/codec/json.h"
#include "trial/record/entry_facts.h"
#include "trial/record/fidelity_report.h"
#include "trial/record/measurement.h"
#include "trial/record/sealed.h"

namespace {

using namespace noonmark;

template <class Fact>
void round_trip(const codec::Json& json, core::Result<Fact> (*read)(const codec::Json&)) {
  const auto fact = read(json);
  if (!fact.ok()) {
    return;
  }
  const auto written = record::to_json(*fact);
  const auto again = codec::parse_json(codec::write_json(written));
  CHECK(again.ok(), "a record that was written must parse");
  const auto fact_again = read(*again);
  CHECK(fact_again.ok(), "a record that was accepted must be accepted again");
  CHECK(record::to_json(*fact_again) == written, "and must not have changed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto json = codec::parse_json(core::as_text({data, size}), {.max_bytes = 1 << 16, .max_depth = 16});
  if (!json.ok()) {
    return 0;
  }
  round_trip(*json, record::measurement_from_json);
  round_trip(*json, record::settings_from_json);
  round_trip(*json, record::turn_from_json);
  round_trip(*json, record::launch_from_json);
  round_trip(*json, record::look_from_json);
  round_trip(*json, record::machine_from_json);
  round_trip(*json, record::host_sample_from_json);
  round_trip(*json, record::fidelity_report_from_json);
  round_trip(*json, record::failure_from_json);
  round_trip(*json, record::entry_facts_from_json);
  round_trip(*json, record::metrics_from_json);
  round_trip(*json, record::sealed_record_from_json);
  return 0;
}
