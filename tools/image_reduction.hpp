#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bm {

/// What a client can take in one answer: results are made smaller until they fit.
inline constexpr std::size_t kMaxPayloadBytes = 350'000;

/// A picture as a JPEG that is small enough to be sent to a model, or as small as it still makes
/// sense. Reads JPEG, PNG, GIF (the first image), WebP and BMP. None when the bytes are no such
/// picture. Thread-safe; one picture at a time, because a single one may take some hundred
/// megabytes.
std::optional<std::string> reduced_jpeg(std::string_view bytes);

}  // namespace bm
