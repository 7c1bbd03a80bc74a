#include "trial/fidelity/measures.h"

#include <algorithm>

#include "model/image/colour.h"
#include "trial/fidelity/hashes.h"
#include "trial/fidelity/pixels.h"
#include "trial/fidelity/ssim.h"

namespace noonmark::fidelity {

core::Result<Reference> Comparer::prepare(const image::Image& picture) const {
  if (!image::is_sound(picture))
    return core::invalid("a picture to be compared is empty or its pixels do not fit its size");
  if (ms_ssim_scales(picture.width, picture.height) == 0) {
    return core::invalid("a picture of " + std::to_string(picture.width) + "x" + std::to_string(picture.height) +
                         " is too small to be compared: it needs 11 pixels a side");
  }
  Reference result;
  result.picture = picture.channels == 4 ? image::flatten(picture, {255, 255, 255}) : picture;
  result.dhash = TRY(difference_hash(result.picture));
  result.phash = TRY(frequency_hash(result.picture));
  if (network_ != nullptr) result.features = TRY(network_->see(result.picture));
  return result;
}

core::Result<Measures> Comparer::compare(const Reference& reference, const image::Image& output) const {
  // Checked before the costly preparation.
  if (output.channels != 4) TRY(check_comparable(reference.picture, output));
  return compare(reference, TRY(prepare(output)));
}

core::Result<Measures> Comparer::compare(const Reference& reference, const Reference& output) const {
  TRY(check_comparable(reference.picture, output.picture));
  Measures result;
  result[std::string(kPsnr)] = TRY(psnr(reference.picture, output.picture));
  result[std::string(kSsim)] = TRY(ssim(reference.picture, output.picture));
  result[std::string(kMsSsim)] = TRY(ms_ssim(reference.picture, output.picture));
  result[std::string(kDhash)] = hash_distance(reference.dhash, output.dhash);
  result[std::string(kPhash)] = hash_distance(reference.phash, output.phash);
  if (network_ != nullptr) result[std::string(kPerceptual)] = perceptual_distance(reference.features, output.features);
  return result;
}

std::vector<std::vector<std::size_t>> equal_outputs(std::span<const image::Image> outputs) {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].pixels.empty()) continue;
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&](const auto& group) { return outputs[group.front()] == outputs[i]; });
    if (same == groups.end()) {
      groups.push_back({i});
    } else {
      same->push_back(i);
    }
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  return groups;
}

}  // namespace noonmark::fidelity
