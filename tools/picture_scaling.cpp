#include "tools/picture_scaling.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bm {

namespace {

constexpr double kLobes = 3.0;
constexpr std::size_t kChannels = 3;

double lanczos(double x) {
    if (x == 0.0) return 1.0;
    if (std::abs(x) >= kLobes) return 0.0;
    const double angle = std::numbers::pi * x;
    return kLobes * std::sin(angle) * std::sin(angle / kLobes) / (angle * angle);
}

/// What one sample of the result is made of.
struct Window {
    std::size_t first;
    std::vector<float> weights;  ///< for consecutive samples of the source; their sum is 1
};

std::vector<Window> windows(std::size_t from, std::size_t to) {
    const double ratio = static_cast<double>(from) / static_cast<double>(to);
    // When shrinking, the filter grows over all samples that melt into one.
    const double stretch = std::max(1.0, ratio);
    const double reach = kLobes * stretch;
    std::vector<Window> result;
    result.reserve(to);
    for (std::size_t i = 0; i < to; ++i) {
        const double center = (static_cast<double>(i) + 0.5) * ratio;
        const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(center - reach)));
        const auto last =
            std::min(from, static_cast<std::size_t>(std::max(0.0, std::ceil(center + reach))));
        std::vector<double> raw;
        double sum = 0.0;
        for (std::size_t k = first; k < last; ++k) {
            raw.push_back(lanczos((static_cast<double>(k) + 0.5 - center) / stretch));
            sum += raw.back();
        }
        Window window{first, {}};
        window.weights.reserve(raw.size());
        for (const double weight : raw) window.weights.push_back(static_cast<float>(weight / sum));
        result.push_back(std::move(window));
    }
    return result;
}

unsigned char to_byte(float value) {
    return static_cast<unsigned char>(std::clamp(std::lround(value), 0L, 255L));
}

Picture scaled_across(const Picture& picture, std::size_t width) {
    const auto columns = windows(picture.width, width);
    Picture result{width, picture.height, {}};
    result.rgb.resize(width * picture.height * kChannels);
    unsigned char* out = result.rgb.data();
    for (std::size_t y = 0; y < picture.height; ++y) {
        const unsigned char* row = &picture.rgb[y * picture.width * kChannels];
        for (const auto& window : columns) {
            float sums[kChannels] = {};
            const unsigned char* in = row + window.first * kChannels;
            for (const float weight : window.weights) {
                for (std::size_t channel = 0; channel < kChannels; ++channel) {
                    sums[channel] += weight * static_cast<float>(*in++);
                }
            }
            for (const float sum : sums) *out++ = to_byte(sum);
        }
    }
    return result;
}

Picture scaled_down(const Picture& picture, std::size_t height) {
    const std::size_t line = picture.width * kChannels;
    Picture result{picture.width, height, {}};
    result.rgb.reserve(line * height);
    std::vector<float> sums(line);
    for (const auto& window : windows(picture.height, height)) {
        std::fill(sums.begin(), sums.end(), 0.0F);
        const unsigned char* in = &picture.rgb[window.first * line];
        for (const float weight : window.weights) {
            for (std::size_t i = 0; i < line; ++i) sums[i] += weight * static_cast<float>(in[i]);
            in += line;
        }
        for (const float sum : sums) result.rgb.push_back(to_byte(sum));
    }
    return result;
}

}  // namespace

PictureSize size_within(const Picture& picture, std::size_t longest_edge) {
    const std::size_t edge = std::max(picture.width, picture.height);
    if (edge <= longest_edge) return {picture.width, picture.height};
    const double factor = static_cast<double>(longest_edge) / static_cast<double>(edge);
    const auto shrunk = [factor](std::size_t length) {
        const auto rounded =
            static_cast<std::size_t>(std::lround(static_cast<double>(length) * factor));
        return std::max<std::size_t>(1, rounded);
    };
    return {shrunk(picture.width), shrunk(picture.height)};
}

Picture scaled(const Picture& picture, const PictureSize& size) {
    const Picture across =
        size.width == picture.width ? picture : scaled_across(picture, size.width);
    return size.height == across.height ? across : scaled_down(across, size.height);
}

}  // namespace bm
