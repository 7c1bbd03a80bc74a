#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace noonmark::passes {

/// One pass with its settings: "steps=10", "int8-static:calibration=percentile:prompts=16".
struct PassCall {
  std::string pass;
  std::string value;                              ///< after '='; empty for passes that take none
  std::map<std::string, std::string> parameters;  ///< after each ':'
  bool operator==(const PassCall&) const = default;
};

/// Passes in the order in which they are applied: "int8-static,steps=10,scheduler=dpmpp-2m,bake".
struct Recipe {
  std::vector<PassCall> calls;
  bool operator==(const Recipe&) const = default;
};

/// What a pass is called, takes and does, for help texts and for checking recipes.
struct PassInfo {
  struct Parameter {
    std::string name, fallback, meaning;
  };
  std::string name;
  std::string value;  ///< what stands after '=' ("N"); empty: nothing
  std::string meaning;
  std::vector<Parameter> parameters;
};

/// Every pass, in alphabetical order.
const std::vector<PassInfo>& known_passes();

/// Grammar: call {"," call}; call = name ["=" value] {":" parameter "=" value}; no white space.
/// Fails: usage (unknown pass or parameter, missing or unwanted value, repeated pass); the message lists what is known.
core::Result<Recipe> parse_recipe(std::string_view text);

/// parse_recipe(to_text(recipe)) equals recipe.
std::string to_text(const Recipe& recipe);

}  // namespace noonmark::passes
