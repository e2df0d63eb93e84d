#include "tools/picture.hpp"

namespace bm {

bool is_decodable_size(std::size_t width, std::size_t height) noexcept {
    return width > 0 && height > 0 && width <= kMaxPicturePixels &&
           height <= kMaxPicturePixels / width;
}

std::optional<Picture> decode_picture(std::string_view bytes, std::size_t longest_edge) {
    if (bytes.starts_with("\xff\xd8\xff")) return decode_jpeg(bytes, longest_edge);
    if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return decode_png(bytes);
    if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return decode_gif(bytes);
    if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) {
        return decode_webp(bytes);
    }
    if (bytes.starts_with("BM")) return decode_bmp(bytes);
    return std::nullopt;
}

}  // namespace bm
