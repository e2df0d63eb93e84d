#include "markdown/yaml_scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>

#include "markdown/written_time.hpp"

namespace bm {
namespace {

constexpr std::size_t longest_float_text = 32;  // 17 digits, sign, point and exponent fit

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_digit_or_bar(char c) noexcept { return is_digit(c) || c == '_'; }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_true_word(std::string_view text) noexcept {
    return is_one_of(text, {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"});
}

bool is_false_word(std::string_view text) noexcept {
    return is_one_of(text, {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"});
}

std::string_view without_sign(std::string_view text) noexcept {
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    return text;
}

template <class Accepts>
std::size_t run_length(std::string_view text, Accepts accepts) noexcept {
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), accepts) -
                                    text.begin());
}

template <class Accepts>
bool all_of(std::string_view text, Accepts accepts) noexcept {
    return !text.empty() && run_length(text, accepts) == text.size();
}

/// Length of one or more groups `:d` or `:dd` below 60 at the start of `text`, 0 if there is none.
std::size_t base_sixty_length(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at + 1 < text.size() && text[at] == ':' && is_digit(text[at + 1])) {
        const bool two = at + 2 < text.size() && is_digit(text[at + 2]) && text[at + 1] < '6';
        at += two ? 3 : 2;
    }
    return at;
}

/// 0 when `text` (without sign) has not the shape of an integer, else its base.
int integer_base(std::string_view text) noexcept {
    if (text.empty() || !is_digit(text.front())) return 0;
    if (text.front() == '0') {
        if (text.size() == 1) return 10;
        const std::string_view digits = text.substr(2);
        if (text[1] == 'b') {
            const auto binary = [](char c) { return c == '0' || c == '1' || c == '_'; };
            return all_of(digits, binary) ? 2 : 0;
        }
        if (text[1] == 'x') {
            const auto hexadecimal = [](char c) {
                return is_digit_or_bar(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            };
            return all_of(digits, hexadecimal) ? 16 : 0;
        }
        const auto octal = [](char c) { return (c >= '0' && c <= '7') || c == '_'; };
        return all_of(text.substr(1), octal) ? 8 : 0;
    }
    const std::size_t length = run_length(text, is_digit_or_bar);
    if (length == text.size()) return 10;
    return length + base_sixty_length(text.substr(length)) == text.size() ? 60 : 0;
}

bool is_exponent(std::string_view text) noexcept {
    return text.size() > 2 && (text[0] == 'e' || text[0] == 'E') &&
           (text[1] == '-' || text[1] == '+') && all_of(text.substr(2), is_digit);
}

bool looks_like_float(std::string_view text) noexcept {
    if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return true;
    const std::string_view number = without_sign(text);
    if (is_one_of(number, {".inf", ".Inf", ".INF"})) return true;
    if (number.size() < 2) return false;
    if (number.front() == '.') {
        // Only numbers that start with a digit may have a sign here.
        if (number.size() != text.size() || !is_digit(number[1])) return false;
        const std::string_view rest = number.substr(1);
        const std::size_t length = run_length(rest, is_digit_or_bar);
        return length == rest.size() || is_exponent(rest.substr(length));
    }
    if (!is_digit(number.front())) return false;
    std::size_t at = run_length(number, is_digit_or_bar);
    const std::size_t sixty = base_sixty_length(number.substr(at));
    at += sixty;
    if (at == number.size() || number[at] != '.') return false;
    const std::string_view rest = number.substr(at + 1);
    const std::size_t length = run_length(rest, is_digit_or_bar);
    return length == rest.size() || (sixty == 0 && is_exponent(rest.substr(length)));
}

std::string without_bars(std::string_view text) {
    std::string out(text);
    std::erase(out, '_');
    return out;
}

/// The value of digits in `base`, none when there are no digits or 64 bits are too few.
std::optional<std::uint64_t> number_in_base(std::string_view digits, int base) noexcept {
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> base_sixty_number(std::string_view text) noexcept {
    constexpr std::uint64_t base = 60;
    std::uint64_t value = 0;
    while (true) {
        const std::size_t end = std::min(text.find(':'), text.size());
        const auto part = number_in_base(text.substr(0, end), 10);
        constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
        if (!part || value > most / base || *part > most - value * base) return std::nullopt;
        value = value * base + *part;
        if (end == text.size()) return value;
        text.remove_prefix(end + 1);
    }
}

/// The decimal text of an integer's spelling, none when it has no value.
std::optional<std::string> decimal_text(std::string_view spelling) {
    const bool negative = !spelling.empty() && spelling.front() == '-';
    std::string digits = without_bars(without_sign(spelling));
    const int base = integer_base(digits);
    std::optional<std::uint64_t> value;
    if (base == 60) value = base_sixty_number(digits);
    if (base == 2 || base == 16) value = number_in_base(std::string_view(digits).substr(2), base);
    if (base == 8) value = number_in_base(digits, base);
    if (base != 10) {
        // "0_" alone has lost its only octal digit and is plain zero.
        if (!value) return std::nullopt;
        digits = std::to_string(*value);
    }
    if (digits == "0" || !negative) return digits;
    return '-' + digits;
}

double finite_number(const std::string& digits) noexcept {
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range) {
        // A negative exponent means too small, anything else too large.
        return digits.find('-') == std::string::npos ? std::numeric_limits<double>::infinity()
                                                     : 0.0;
    }
    return value;
}

double float_value(std::string_view spelling) {
    const std::string_view number = without_sign(spelling);
    const double sign = !spelling.empty() && spelling.front() == '-' ? -1.0 : 1.0;
    if (is_one_of(number, {".inf", ".Inf", ".INF"})) {
        return sign * std::numeric_limits<double>::infinity();
    }
    if (is_one_of(number, {".nan", ".NaN", ".NAN"})) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const std::string digits = without_bars(number);
    constexpr double base = 60;
    double value = 0;
    std::size_t start = 0;
    for (std::size_t end = digits.find(':'); end != std::string::npos;
         end = digits.find(':', start)) {
        value = (value + finite_number(digits.substr(start, end - start))) * base;
        start = end + 1;
    }
    return sign * (value + finite_number(digits.substr(start)));
}

}  // namespace

ScalarKind plain_kind(std::string_view text) noexcept {
    if (text.empty() || is_one_of(text, {"~", "null", "Null", "NULL"})) return ScalarKind::null;
    const char first = text.front();
    const bool may_be_number = is_digit(first) || first == '-' || first == '+' || first == '.';
    if (!may_be_number) {
        constexpr std::size_t longest_word = 5;
        if (text.size() <= longest_word && (is_true_word(text) || is_false_word(text))) {
            return ScalarKind::boolean;
        }
        return ScalarKind::string;
    }
    if (integer_base(without_sign(text)) != 0) return ScalarKind::integer;
    if (looks_like_float(text)) return ScalarKind::floating;
    if (looks_like_yaml_date(text)) return ScalarKind::date;
    if (looks_like_yaml_timestamp(text)) return ScalarKind::timestamp;
    return ScalarKind::string;
}

Scalar resolve_plain(std::string_view text) {
    ScalarKind kind = plain_kind(text);
    switch (kind) {
        case ScalarKind::null:
            return Scalar{};
        case ScalarKind::integer:
            if (!decimal_text(text)) kind = ScalarKind::string;
            break;
        case ScalarKind::date:
        case ScalarKind::timestamp:
            if (!parse_yaml_time(text)) kind = ScalarKind::string;
            break;
        case ScalarKind::boolean:
        case ScalarKind::floating:
        case ScalarKind::string:
            break;
    }
    return Scalar{kind, std::string(text)};
}

bool is_true(const Scalar& boolean) noexcept { return is_true_word(boolean.text); }

std::string normal_form(const Scalar& scalar) {
    switch (scalar.kind) {
        case ScalarKind::null:
            return "None";
        case ScalarKind::boolean:
            return is_true(scalar) ? "True" : "False";
        case ScalarKind::integer:
            return decimal_text(scalar.text).value_or(scalar.text);
        case ScalarKind::floating:
            return float_text(float_value(scalar.text));
        case ScalarKind::timestamp: {
            const auto moment = parse_yaml_time(scalar.text);
            return moment ? iso_format(*moment) : scalar.text;
        }
        case ScalarKind::date:
        case ScalarKind::string:
            break;
    }
    return scalar.text;
}

std::string float_text(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    // Python changes to the exponent form below 1e-4 and from 1e16 on.
    const double size = std::fabs(value);
    const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
    std::array<char, longest_float_text> buffer{};
    const auto [end, error] =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                      plain ? std::chars_format::fixed : std::chars_format::scientific);
    std::string text(buffer.data(), end);
    if (plain && text.find('.') == std::string::npos) text += ".0";
    return error == std::errc{} ? text : std::string("0.0");
}

std::string yaml_spelling(double value) {
    std::string text = float_text(value);
    if (text == "nan" || text == "inf") return '.' + text;
    if (text == "-inf") return "-.inf";
    const std::size_t exponent = text.find('e');
    if (exponent != std::string::npos && text.find('.') == std::string::npos) {
        text.insert(exponent, ".0");
    }
    return text;
}

}  // namespace bm
