#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "markdown/note.hpp"

namespace bm {

/// The observation in one inline run, if any.
std::optional<Observation> parse_observation(std::string_view run, bool in_block_quote);
/// `- [category] content (context)`
std::string write_observation(const Observation& observation);

}  // namespace bm
