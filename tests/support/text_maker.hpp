#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bm::test {

/// Makes texts out of pieces that matter to a parser; the same seed makes the same texts.
class TextMaker {
public:
    explicit TextMaker(unsigned seed) : numbers_(seed) {}

    /// A number below `limit`.
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(numbers_()) % limit; }

    std::string_view pick(const std::vector<std::string_view>& pieces) {
        return pieces[below(pieces.size())];
    }

    /// Up to `most` pieces in a row.
    std::string text(const std::vector<std::string_view>& pieces, std::size_t most) {
        std::string out;
        for (std::size_t count = below(most + 1); count > 0; --count) out += pick(pieces);
        return out;
    }

private:
    std::mt19937 numbers_;
};

}  // namespace bm::test
