#include <algorithm>
#include <array>
#include <cstring>

#include <gif_lib.h>

#include "repository/shared_library.hpp"
#include "tools/picture.hpp"

namespace bm {

namespace {

struct GifLibrary {
    SharedLibrary library{BM_GIF_LIBRARY};
    decltype(&DGifOpen) open = library.function<decltype(&DGifOpen)>("DGifOpen");
    decltype(&DGifCloseFile) close = library.function<decltype(&DGifCloseFile)>("DGifCloseFile");
    decltype(&DGifGetRecordType) record =
        library.function<decltype(&DGifGetRecordType)>("DGifGetRecordType");
    decltype(&DGifGetImageDesc) describe =
        library.function<decltype(&DGifGetImageDesc)>("DGifGetImageDesc");
    decltype(&DGifGetLine) line = library.function<decltype(&DGifGetLine)>("DGifGetLine");
    decltype(&DGifGetExtension) extension =
        library.function<decltype(&DGifGetExtension)>("DGifGetExtension");
    decltype(&DGifGetExtensionNext) next_extension =
        library.function<decltype(&DGifGetExtensionNext)>("DGifGetExtensionNext");

    [[nodiscard]] bool is_complete() const {
        return open != nullptr && close != nullptr && record != nullptr && describe != nullptr &&
               line != nullptr && extension != nullptr && next_extension != nullptr;
    }
};

const GifLibrary& gif() {
    static const GifLibrary library;
    return library;
}

int read_bytes(GifFileType* file, GifByteType* out, int wanted) {
    auto* rest = static_cast<std::string_view*>(file->UserData);
    const std::size_t count = std::min(rest->size(), static_cast<std::size_t>(std::max(wanted, 0)));
    std::memcpy(out, rest->data(), count);
    rest->remove_prefix(count);
    return static_cast<int>(count);
}

/// An open file. The bytes must outlive it.
class GifReader {
public:
    explicit GifReader(std::string_view bytes) : rest_(bytes) {
        int problem = 0;
        file_ = gif().open(&rest_, read_bytes, &problem);
    }
    ~GifReader() {
        int problem = 0;
        if (file_ != nullptr) gif().close(file_, &problem);
    }
    GifReader(const GifReader&) = delete;
    GifReader& operator=(const GifReader&) = delete;

    [[nodiscard]] GifFileType* file() const { return file_; }

private:
    std::string_view rest_;
    GifFileType* file_ = nullptr;
};

/// Reads up to the first image. The index of the transparent colour is -1 when there is none.
bool find_first_image(GifFileType* file, int& transparent) {
    GifRecordType type{};
    while (gif().record(file, &type) == GIF_OK) {
        if (type == IMAGE_DESC_RECORD_TYPE) return gif().describe(file) == GIF_OK;
        if (type != EXTENSION_RECORD_TYPE) return false;
        int code = 0;
        GifByteType* block = nullptr;
        if (gif().extension(file, &code, &block) != GIF_OK) return false;
        // Length, flags, two bytes of delay, index.
        if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr && block[0] >= 4) {
            transparent = (block[1] & 1) != 0 ? block[4] : -1;
        }
        while (block != nullptr) {
            if (gif().next_extension(file, &block) != GIF_OK) return false;
        }
    }
    return false;
}

/// Rows of an interlaced image arrive in four passes.
std::vector<std::size_t> row_order(std::size_t height, bool interlaced) {
    std::vector<std::size_t> rows;
    rows.reserve(height);
    if (!interlaced) {
        for (std::size_t row = 0; row < height; ++row) rows.push_back(row);
        return rows;
    }
    constexpr std::array<std::size_t, 4> kFirst{0, 4, 2, 1};
    constexpr std::array<std::size_t, 4> kStep{8, 8, 4, 2};
    for (std::size_t pass = 0; pass < 4; ++pass) {
        for (std::size_t row = kFirst[pass]; row < height; row += kStep[pass]) rows.push_back(row);
    }
    return rows;
}

}  // namespace

std::optional<Picture> decode_gif(std::string_view bytes) {
    if (!gif().is_complete()) return std::nullopt;
    const GifReader reader(bytes);
    GifFileType* file = reader.file();
    if (file == nullptr) return std::nullopt;
    int transparent = -1;
    if (!find_first_image(file, transparent)) return std::nullopt;
    const GifImageDesc& image = file->Image;
    if (image.Width <= 0 || image.Height <= 0) return std::nullopt;
    // The first image alone, without the canvas around it: what is outside of it would be white.
    Picture picture{
        static_cast<std::size_t>(image.Width), static_cast<std::size_t>(image.Height), {}};
    if (!is_decodable_size(picture.width, picture.height)) return std::nullopt;
    const ColorMapObject* colors = image.ColorMap != nullptr ? image.ColorMap : file->SColorMap;
    if (colors == nullptr) return std::nullopt;
    picture.rgb.assign(picture.width * picture.height * 3, 255);
    std::vector<GifPixelType> line(picture.width);
    for (const std::size_t row : row_order(picture.height, image.Interlace)) {
        if (gif().line(file, line.data(), image.Width) != GIF_OK) return std::nullopt;
        unsigned char* out = &picture.rgb[row * picture.width * 3];
        for (std::size_t i = 0; i < line.size(); ++i, out += 3) {
            if (line[i] == transparent || line[i] >= colors->ColorCount) continue;
            const GifColorType& color = colors->Colors[line[i]];
            out[0] = color.Red;
            out[1] = color.Green;
            out[2] = color.Blue;
        }
    }
    return picture;
}

}  // namespace bm
