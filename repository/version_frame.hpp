#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "markdown/result.hpp"
#include "repository/checksum.hpp"

namespace bm {

/// A version that is larger is not kept.
constexpr std::size_t kMaxKeptBytes = 10'000'000;

/// The bytes of a version, compressed. Fault::unavailable.
Result<std::string> version_frame(std::string_view bytes);
/// What a frame was made of. Fault::invalid when it is none, or of other bytes than the checksum's.
Result<std::string> version_in(std::string_view frame, const Checksum& checksum);

}  // namespace bm
