#include <array>
#include <bit>
#include <cstdint>

#include "tools/picture.hpp"

namespace bm {

namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::size_t kOldInfoHeader = 12;
constexpr std::size_t kInfoHeader = 40;
constexpr std::uint32_t kUncompressed = 0;
constexpr std::uint32_t kBitFields = 3;

/// Little-endian numbers at an offset; zero beyond the end.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t width) const {
        std::uint32_t value = 0;
        for (std::size_t i = width; i > 0; --i) value = (value << 8) | byte(at + i - 1);
        return value;
    }
    [[nodiscard]] std::uint32_t byte(std::size_t at) const {
        return at < bytes_.size() ? static_cast<unsigned char>(bytes_[at]) : 0U;
    }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }

private:
    std::string_view bytes_;
};

struct Layout {
    std::size_t width = 0;
    std::size_t height = 0;
    bool top_down = false;
    std::size_t bits = 0;
    std::size_t pixels_at = 0;
    std::size_t palette_at = 0;
    std::size_t palette_entry = 4;
    std::size_t palette_size = 0;
    std::array<std::uint32_t, 3> masks{};  ///< red, green, blue, for 16 and 32 bits

    [[nodiscard]] std::size_t row_bytes() const { return (width * bits + 31) / 32 * 4; }
};

bool is_known_depth(std::size_t bits) {
    return bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
}

/// What the headers say; none for compressed and damaged files.
std::optional<Layout> read_layout(const Bytes& bytes) {
    const std::size_t header = bytes.number(kFileHeader, 4);
    const bool is_old = header == kOldInfoHeader;
    if (!is_old && header < kInfoHeader) return std::nullopt;
    Layout layout;
    layout.pixels_at = bytes.number(10, 4);
    layout.palette_at = kFileHeader + header;
    std::uint32_t compression = kUncompressed;
    if (is_old) {
        layout.width = bytes.number(18, 2);
        layout.height = bytes.number(20, 2);
        layout.bits = bytes.number(24, 2);
        layout.palette_entry = 3;
    } else {
        const auto width = static_cast<std::int32_t>(bytes.number(18, 4));
        const std::int64_t height = static_cast<std::int32_t>(bytes.number(22, 4));
        if (width <= 0) return std::nullopt;
        layout.width = static_cast<std::size_t>(width);
        layout.height = static_cast<std::size_t>(height < 0 ? -height : height);
        layout.top_down = height < 0;
        layout.bits = bytes.number(28, 2);
        compression = bytes.number(30, 4);
        layout.palette_size = bytes.number(46, 4);
    }
    if (!is_decodable_size(layout.width, layout.height) || !is_known_depth(layout.bits)) {
        return std::nullopt;
    }
    if (layout.bits <= 8 && layout.palette_size == 0) {
        layout.palette_size = std::size_t{1} << layout.bits;
    }
    layout.masks = layout.bits == 16
                       ? std::array<std::uint32_t, 3>{0x7c00U, 0x03e0U, 0x001fU}
                       : std::array<std::uint32_t, 3>{0x00ff0000U, 0x0000ff00U, 0x000000ffU};
    if (compression == kBitFields && (layout.bits == 16 || layout.bits == 32)) {
        for (std::size_t i = 0; i < 3; ++i) layout.masks[i] = bytes.number(54 + 4 * i, 4);
    } else if (compression != kUncompressed) {
        return std::nullopt;
    }
    // Every row must be there before memory is taken for the picture.
    if (layout.pixels_at > bytes.size() ||
        (bytes.size() - layout.pixels_at) / layout.row_bytes() < layout.height) {
        return std::nullopt;
    }
    return layout;
}

/// The bits under a mask, stretched to the range of a byte.
unsigned char masked(std::uint32_t pixel, std::uint32_t mask) {
    if (mask == 0) return 0;
    const auto shift = static_cast<unsigned>(std::countr_zero(mask));
    const std::uint64_t most = mask >> shift;
    const std::uint64_t value = (pixel & mask) >> shift;
    return static_cast<unsigned char>((value * 255 + most / 2) / most);
}

}  // namespace

std::optional<Picture> decode_bmp(std::string_view raw) {
    const Bytes bytes(raw);
    const auto layout = read_layout(bytes);
    if (!layout) return std::nullopt;
    Picture picture{layout->width, layout->height, {}};
    picture.rgb.reserve(picture.width * picture.height * 3);
    for (std::size_t y = 0; y < layout->height; ++y) {
        const std::size_t row = layout->top_down ? y : layout->height - 1 - y;
        const std::size_t start = layout->pixels_at + row * layout->row_bytes();
        for (std::size_t x = 0; x < layout->width; ++x) {
            if (layout->bits <= 8) {
                const std::size_t bit = x * layout->bits;
                const std::size_t shift = 8 - layout->bits - bit % 8;
                const std::uint32_t index =
                    (bytes.byte(start + bit / 8) >> shift) & ((1U << layout->bits) - 1U);
                const std::size_t color = layout->palette_at + index * layout->palette_entry;
                const bool known = index < layout->palette_size;
                for (const std::size_t channel : {2U, 1U, 0U}) {
                    picture.rgb.push_back(
                        known ? static_cast<unsigned char>(bytes.byte(color + channel)) : 0);
                }
            } else if (layout->bits == 24) {
                for (const std::size_t channel : {2U, 1U, 0U}) {
                    picture.rgb.push_back(
                        static_cast<unsigned char>(bytes.byte(start + x * 3 + channel)));
                }
            } else {
                const std::size_t width = layout->bits / 8;
                const std::uint32_t pixel = bytes.number(start + x * width, width);
                for (const auto mask : layout->masks) picture.rgb.push_back(masked(pixel, mask));
            }
        }
    }
    return picture;
}

}  // namespace bm
