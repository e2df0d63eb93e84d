#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The arithmetic of comparing meanings: directions, their small form on disk, and the fusion of
/// two rankings. Pure; any thread.
namespace bm {

/// Of the vectors that are learned from a vault.
constexpr std::size_t kMeaningDimensions = 256;
using MeaningSum = std::array<float, kMeaningDimensions>;

/// Adds `weight` times the direction that belongs to `key`: each of its components is +1 or -1, by
/// a hash that is the same on every machine. Two keys are at right angles, give or take 0.06.
void add_direction(std::string_view key, float weight, MeaningSum& sum);

/// The direction of a word, of length 1: its own, and those of its parts of four and five
/// characters, so that forms of a word and misspelt ones lie close to each other.
MeaningSum word_direction(std::string_view word);

/// Makes the length 1; what has none stays.
void normalise(std::span<float> vector);

/// Eight bits for each component, scaled so that the largest has 127. Only the direction is kept.
/// Empty for a vector without a direction.
std::string quantised(std::span<const float> vector);
/// The direction again, of length 1. Empty for an empty one.
std::vector<float> restored(std::string_view bytes);

/// A query that is compared with many stored vectors.
class MeaningQuery {
public:
    explicit MeaningQuery(std::span<const float> vector);

    /// The cosine of the angle to a stored vector, -1 to 1; 0 when either has no direction or they
    /// have different dimensions. Of several vectors in a row the most similar one counts.
    [[nodiscard]] double similarity(std::string_view stored) const noexcept {
        return best_of(stored).similarity;
    }
    struct Best {
        double similarity = 0;
        std::size_t place = 0;  ///< from 0
    };
    [[nodiscard]] Best best_of(std::string_view stored) const noexcept;
    [[nodiscard]] bool is_empty() const noexcept { return bytes_.empty(); }

private:
    [[nodiscard]] double similarity_to_one(std::string_view stored) const noexcept;

    std::string bytes_;
    double length_ = 0;
};

/// `max+0.3*min/v1`: what either ranking finds good is good, what both do is better.
constexpr double fused_score(double text, double meaning) noexcept {
    constexpr double kShareOfWeaker = 0.3;
    const double better = text > meaning ? text : meaning;
    const double weaker = text > meaning ? meaning : text;
    return better + kShareOfWeaker * weaker;
}
constexpr std::string_view kFusionFormula = "max+0.3*min/v1";

}  // namespace bm
