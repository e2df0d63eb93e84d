#include <png.h>

#include "repository/shared_library.hpp"
#include "tools/picture.hpp"

namespace bm {

namespace {

struct PngLibrary {
    SharedLibrary library{BM_PNG_LIBRARY};
    decltype(&png_image_begin_read_from_memory) begin =
        library.function<decltype(&png_image_begin_read_from_memory)>(
            "png_image_begin_read_from_memory");
    decltype(&png_image_finish_read) finish =
        library.function<decltype(&png_image_finish_read)>("png_image_finish_read");
    decltype(&png_image_free) free = library.function<decltype(&png_image_free)>("png_image_free");

    [[nodiscard]] bool is_complete() const {
        return begin != nullptr && finish != nullptr && free != nullptr;
    }
};

const PngLibrary& png() {
    static const PngLibrary library;
    return library;
}

/// What the library holds between the two calls.
class PngImage {
public:
    PngImage() { image.version = PNG_IMAGE_VERSION; }
    ~PngImage() { png().free(&image); }
    PngImage(const PngImage&) = delete;
    PngImage& operator=(const PngImage&) = delete;

    png_image image{};
};

}  // namespace

std::optional<Picture> decode_png(std::string_view bytes) {
    if (!png().is_complete()) return std::nullopt;
    PngImage png_image;
    auto& image = png_image.image;
    if (png().begin(&image, bytes.data(), bytes.size()) == 0) return std::nullopt;
    if (!is_decodable_size(image.width, image.height)) return std::nullopt;
    image.format = PNG_FORMAT_RGB;
    Picture picture{image.width, image.height, {}};
    picture.rgb.resize(picture.width * picture.height * 3);
    const png_color white{255, 255, 255};
    if (png().finish(&image, &white, picture.rgb.data(), 0, nullptr) == 0) return std::nullopt;
    return picture;
}

}  // namespace bm
