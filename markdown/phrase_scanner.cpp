#include "markdown/phrase_scanner.hpp"

#include <array>
#include <cstddef>

namespace bm {
namespace {

bool is_letter(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

struct NumberWord {
    std::string_view word;
    double value;
};
constexpr std::array number_words{
    NumberWord{"a", 1},          NumberWord{"an", 1},        NumberWord{"one", 1},
    NumberWord{"two", 2},        NumberWord{"three", 3},     NumberWord{"four", 4},
    NumberWord{"five", 5},       NumberWord{"six", 6},       NumberWord{"seven", 7},
    NumberWord{"eight", 8},      NumberWord{"nine", 9},      NumberWord{"ten", 10},
    NumberWord{"eleven", 11},    NumberWord{"twelve", 12},   NumberWord{"thirteen", 13},
    NumberWord{"fourteen", 14},  NumberWord{"fifteen", 15},  NumberWord{"sixteen", 16},
    NumberWord{"seventeen", 17}, NumberWord{"eighteen", 18}, NumberWord{"nineteen", 19},
    NumberWord{"twenty", 20},    NumberWord{"thirty", 30},   NumberWord{"forty", 40},
    NumberWord{"fifty", 50},     NumberWord{"sixty", 60},    NumberWord{"ninety", 90},
};

}  // namespace

void PhraseScanner::skip_space() noexcept {
    while (!rest_.empty() &&
           (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == ',')) {
        rest_.remove_prefix(1);
    }
}

std::string_view PhraseScanner::word() noexcept {
    std::size_t length = 0;
    while (length < rest_.size() && is_letter(rest_[length])) ++length;
    const std::string_view found = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return found;
}

bool PhraseScanner::accept_word(std::string_view wanted) noexcept {
    PhraseScanner ahead = *this;
    if (ahead.word() != wanted) return false;
    *this = ahead;
    return true;
}

bool PhraseScanner::accept(char wanted) noexcept {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
}

std::optional<PhraseNumber> PhraseScanner::number() noexcept {
    constexpr std::size_t most_digits = 9;  // keeps every sum of amounts far from overflow
    PhraseNumber found;
    while (found.digits < rest_.size() && is_digit(rest_[found.digits])) {
        if (found.digits == most_digits) return std::nullopt;
        found.value = found.value * 10 + (rest_[found.digits] - '0');
        ++found.digits;
    }
    if (found.digits == 0) return std::nullopt;
    rest_.remove_prefix(found.digits);
    return found;
}

std::optional<double> PhraseScanner::amount() noexcept {
    if (const auto whole = number()) {
        auto value = static_cast<double>(whole->value);
        if (!accept('.')) return value;
        const auto decimals = number();
        if (!decimals) return std::nullopt;
        auto fraction = static_cast<double>(decimals->value);
        for (std::size_t i = 0; i < decimals->digits; ++i) fraction /= 10;
        return value + fraction;
    }
    const std::string_view spelled = word();
    for (const NumberWord& candidate : number_words) {
        if (candidate.word == spelled) return candidate.value;
    }
    return std::nullopt;
}

}  // namespace bm
