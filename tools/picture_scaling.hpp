#pragma once

#include "tools/picture.hpp"

namespace bm {

/// The size of a picture whose longest edge is at most `longest_edge`: the shape is kept, nothing
/// is enlarged, no edge is less than 1.
struct PictureSize {
    std::size_t width;
    std::size_t height;

    friend bool operator==(const PictureSize&, const PictureSize&) = default;
};
PictureSize size_within(const Picture& picture, std::size_t longest_edge);

/// Resamples with a three-lobed Lanczos filter.
Picture scaled(const Picture& picture, const PictureSize& size);

}  // namespace bm
