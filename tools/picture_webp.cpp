#include <webp/decode.h>

#include "repository/shared_library.hpp"
#include "tools/picture.hpp"

namespace bm {

namespace {

struct WebpLibrary {
    SharedLibrary library{BM_WEBP_LIBRARY};
    decltype(&WebPGetInfo) info = library.function<decltype(&WebPGetInfo)>("WebPGetInfo");
    decltype(&WebPDecodeRGBAInto) decode =
        library.function<decltype(&WebPDecodeRGBAInto)>("WebPDecodeRGBAInto");

    [[nodiscard]] bool is_complete() const { return info != nullptr && decode != nullptr; }
};

const WebpLibrary& webp() {
    static const WebpLibrary library;
    return library;
}

}  // namespace

std::optional<Picture> decode_webp(std::string_view bytes) {
    if (!webp().is_complete()) return std::nullopt;
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    int width = 0;
    int height = 0;
    if (webp().info(data, bytes.size(), &width, &height) == 0) return std::nullopt;
    if (width <= 0 || height <= 0) return std::nullopt;
    Picture picture{static_cast<std::size_t>(width), static_cast<std::size_t>(height), {}};
    if (!is_decodable_size(picture.width, picture.height)) return std::nullopt;
    const std::size_t pixels = picture.width * picture.height;
    std::vector<std::uint8_t> rgba(pixels * 4);
    if (webp().decode(data, bytes.size(), rgba.data(), rgba.size(), width * 4) == nullptr) {
        return std::nullopt;
    }
    picture.rgb.resize(pixels * 3);
    for (std::size_t i = 0; i < pixels; ++i) {
        const unsigned alpha = rgba[i * 4 + 3];
        for (std::size_t channel = 0; channel < 3; ++channel) {
            const unsigned value = rgba[i * 4 + channel] * alpha + 255U * (255U - alpha);
            picture.rgb[i * 3 + channel] = static_cast<unsigned char>((value + 127U) / 255U);
        }
    }
    return picture;
}

}  // namespace bm
