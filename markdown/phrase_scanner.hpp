#pragma once

#include <optional>
#include <string_view>

namespace bm {

/// A number in a phrase. Dates need to know how many digits it was written with.
struct PhraseNumber {
    long long value = 0;
    std::size_t digits = 0;
};

/// Walks through lower-case text, a word or a number at a time. Copying one is cheap: an
/// alternative is tried on a copy.
class PhraseScanner {
public:
    explicit PhraseScanner(std::string_view lower_case) noexcept : rest_(lower_case) {}

    /// Skips blanks and commas.
    void skip_space() noexcept;
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

    /// Takes the letters that stand here; empty when there are none.
    std::string_view word() noexcept;
    /// Takes the word if it is this one.
    bool accept_word(std::string_view wanted) noexcept;
    /// Takes the character if it is this one.
    bool accept(char wanted) noexcept;
    /// Takes digits; nothing when there are none or more than any amount needs.
    std::optional<PhraseNumber> number() noexcept;
    /// Takes digits, perhaps with decimals, or a number word ("a", "two").
    std::optional<double> amount() noexcept;

private:
    std::string_view rest_;
};

}  // namespace bm
