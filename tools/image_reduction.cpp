#include "tools/image_reduction.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <mutex>

#include "tools/picture.hpp"
#include "tools/picture_scaling.hpp"

namespace bm {

namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;
constexpr int kLowestQuality = 20;
constexpr std::size_t kSmallestEdge = 300;

/// One try.
struct Setting {
    int quality;
    std::size_t edge;
};

/// The larger the file, the more it will have to shrink anyway.
Setting first_setting(std::size_t bytes) {
    if (bytes > 4 * kMaxPayloadBytes) return {50, 600};
    if (bytes > 2 * kMaxPayloadBytes) return {60, 800};
    return {70, 1000};
}

Setting next_setting(const Setting& setting, std::size_t bytes) {
    int less_quality = 10;
    double factor = 0.8;
    if (bytes > 2 * kMegabyte) {
        less_quality = 20;
        factor = 0.6;
    } else if (bytes > kMegabyte) {
        less_quality = 15;
        factor = 0.7;
    }
    const auto edge = static_cast<std::size_t>(static_cast<double>(setting.edge) * factor);
    return {std::max(kLowestQuality, setting.quality - less_quality),
            std::max(kSmallestEdge, edge)};
}

bool is_last(const Setting& setting) {
    return setting.quality <= kLowestQuality && setting.edge <= kSmallestEdge;
}

}  // namespace

std::optional<std::string> reduced_jpeg(std::string_view bytes) {
    static std::mutex one_at_a_time;
    const std::scoped_lock lock(one_at_a_time);
    Setting setting = first_setting(bytes.size());
    auto picture = decode_picture(bytes, setting.edge);
    if (!picture) return std::nullopt;
    // Later tries are smaller, so the large original need not be kept.
    *picture = scaled(*picture, size_within(*picture, setting.edge));
    while (true) {
        auto jpeg =
            encode_jpeg(scaled(*picture, size_within(*picture, setting.edge)), setting.quality);
        if (!jpeg || jpeg->size() <= kMaxPayloadBytes || is_last(setting)) return jpeg;
        setting = next_setting(setting, bytes.size());
    }
}

}  // namespace bm
