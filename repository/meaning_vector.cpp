#include "repository/meaning_vector.hpp"

#include <algorithm>
#include <cmath>

namespace bm {

namespace {

constexpr std::size_t kShortestPart = 4;
constexpr std::size_t kLongestPart = 5;
// All parts together, where the word itself weighs 1.
constexpr float kWeightOfParts = 0.8F;

/// FNV-1a: short keys, and the same result everywhere.
std::uint64_t hash_of(std::string_view key) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : key) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    return hash;
}

/// The next of a sequence of evenly distributed numbers (SplitMix64).
std::uint64_t next_number(std::uint64_t& state) noexcept {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
}

/// Where the characters of a word begin, and its end.
std::vector<std::size_t> character_starts(std::string_view word) {
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < word.size(); ++at) {
        if ((static_cast<unsigned char>(word[at]) & 0xC0U) != 0x80U) starts.push_back(at);
    }
    starts.push_back(word.size());
    return starts;
}

std::int32_t product(const char* left, const char* right, std::size_t size) noexcept {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
        sum += static_cast<std::int32_t>(static_cast<signed char>(left[i])) *
               static_cast<std::int32_t>(static_cast<signed char>(right[i]));
    }
    return sum;
}

}  // namespace

void add_direction(std::string_view key, float weight, MeaningSum& sum) {
    constexpr std::size_t kBits = 64;
    std::uint64_t state = hash_of(key);
    for (std::size_t first = 0; first < sum.size(); first += kBits) {
        const std::uint64_t bits = next_number(state);
        for (std::size_t i = 0; i < kBits; ++i) {
            sum[first + i] += ((bits >> i) & 1U) != 0 ? weight : -weight;
        }
    }
}

MeaningSum word_direction(std::string_view word) {
    MeaningSum sum{};
    add_direction(word, 1.0F, sum);
    // The marks tell beginnings and ends of words from what stands inside of others.
    const std::string marked = '<' + std::string(word) + '>';
    const auto starts = character_starts(marked);
    std::vector<std::string_view> parts;
    for (std::size_t size = kShortestPart; size <= kLongestPart; ++size) {
        for (std::size_t at = 0; at + size < starts.size(); ++at) {
            parts.push_back(
                std::string_view(marked).substr(starts[at], starts[at + size] - starts[at]));
        }
    }
    for (const auto part : parts) {
        add_direction(part, kWeightOfParts / std::sqrt(static_cast<float>(parts.size())), sum);
    }
    normalise(sum);
    return sum;
}

void normalise(std::span<float> vector) {
    double squares = 0;
    for (const float component : vector) squares += double{component} * double{component};
    if (!(squares > 0) || !std::isfinite(squares)) return;
    const auto factor = static_cast<float>(1.0 / std::sqrt(squares));
    for (float& component : vector) component *= factor;
}

std::string quantised(std::span<const float> vector) {
    float largest = 0;
    for (const float component : vector) {
        if (!std::isfinite(component)) return {};
        largest = std::max(largest, std::abs(component));
    }
    if (!(largest > 0)) return {};
    std::string bytes(vector.size(), '\0');
    for (std::size_t i = 0; i < vector.size(); ++i) {
        bytes[i] = static_cast<char>(std::lround(vector[i] / largest * 127.0F));
    }
    return bytes;
}

std::vector<float> restored(std::string_view bytes) {
    std::vector<float> vector(bytes.size());
    std::transform(bytes.begin(), bytes.end(), vector.begin(),
                   [](char byte) { return static_cast<float>(static_cast<signed char>(byte)); });
    normalise(vector);
    return vector;
}

MeaningQuery::MeaningQuery(std::span<const float> vector)
    : bytes_(quantised(vector)),
      length_(std::sqrt(double(product(bytes_.data(), bytes_.data(), bytes_.size())))) {}

MeaningQuery::Best MeaningQuery::best_of(std::string_view stored) const noexcept {
    const std::size_t size = bytes_.size();
    if (size == 0 || stored.empty() || stored.size() % size != 0) return {};
    Best best{similarity_to_one(stored.substr(0, size)), 0};
    for (std::size_t place = 1; place < stored.size() / size; ++place) {
        const double similarity = similarity_to_one(stored.substr(place * size, size));
        if (similarity > best.similarity) best = {similarity, place};
    }
    return best;
}

double MeaningQuery::similarity_to_one(std::string_view stored) const noexcept {
    const double length = std::sqrt(double(product(stored.data(), stored.data(), stored.size())));
    if (!(length > 0)) return 0;
    const double cosine =
        double(product(stored.data(), bytes_.data(), bytes_.size())) / (length * length_);
    return std::clamp(cosine, -1.0, 1.0);
}

}  // namespace bm
