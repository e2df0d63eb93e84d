#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Pictures in memory, and the formats they come from. Decoders take bytes from strangers: whatever
/// the bytes, they give a picture or none, within the limits below. Thread-safe.
namespace bm {

/// Rows of red, green, blue from the top; transparency is painted onto white.
struct Picture {
    std::size_t width = 0;           ///< at least 1
    std::size_t height = 0;          ///< at least 1
    std::vector<unsigned char> rgb;  ///< width * height * 3
};

/// Three bytes each: what a decoder may fill before anything is made smaller. Above every camera
/// phone.
inline constexpr std::size_t kMaxPicturePixels = 64'000'000;

/// Whether a picture of that size is worth the memory.
[[nodiscard]] bool is_decodable_size(std::size_t width, std::size_t height) noexcept;

/// Recognises the format by its first bytes. `longest_edge` is what the caller will make of it: a
/// decoder may deliver any size between that and the original, never less. None for unknown,
/// damaged or giant pictures, and when the system lacks the library for the format.
std::optional<Picture> decode_picture(std::string_view bytes, std::size_t longest_edge);

/// A progressive JPEG, 4:2:0. `quality` from 1 to 100. None when the system lacks the library.
std::optional<std::string> encode_jpeg(const Picture& picture, int quality);

// One for each format, each alone with its library.
std::optional<Picture> decode_jpeg(std::string_view bytes, std::size_t longest_edge);
std::optional<Picture> decode_png(std::string_view bytes);
std::optional<Picture> decode_gif(std::string_view bytes);
std::optional<Picture> decode_webp(std::string_view bytes);
std::optional<Picture> decode_bmp(std::string_view bytes);

}  // namespace bm
