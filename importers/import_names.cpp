#include "importers/import_names.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <vector>

#include "markdown/text.hpp"
#include "repository/clock.hpp"

namespace bm {

namespace {

constexpr std::size_t kMaxNameCharacters = 100;
/// Leaves room for a date in front, a number behind and the suffix in the 255 that file systems
/// have.
constexpr std::size_t kMaxNameBytes = 220;
constexpr std::string_view kUntitled = "untitled";

std::string cut_to_bytes(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return std::string(text);
    std::size_t at = 0;
    while (true) {
        std::size_t next = at;
        next_code_point(text, next);
        if (next > limit) return std::string(text.substr(0, at));
        at = next;
    }
}

bool becomes_underscore(char32_t c) noexcept {
    return is_white_space(c) ||
           (c < 128 &&
            std::string_view("-,.:/\\[]()").find(static_cast<char>(c)) != std::string_view::npos);
}

bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

std::string confined_segment(std::string_view segment) {
    std::string kept;
    for (std::size_t at = 0; at < segment.size();) {
        const char32_t c = next_code_point(segment, at);
        if (!is_control(c)) append_utf8(kept, c);
    }
    std::string cut = cut_to_bytes(trim(kept), kMaxNameBytes);
    // A leading dot hides a file; `.` and `..` lead elsewhere.
    const std::size_t visible = cut.find_first_not_of(". ");
    cut = visible == std::string::npos ? std::string() : cut.substr(visible);
    return std::string(trim_right(cut));
}

std::optional<int> digits_at(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int number = 0;
    const char* begin = text.data() + at;
    const auto [end, problem] = std::from_chars(begin, begin + count, number);
    if (problem != std::errc() || end != begin + count || *begin == '-') return std::nullopt;
    return number;
}

bool is_date(int year, int month, int day) {
    return year >= 1 &&
           std::chrono::year_month_day(std::chrono::year(year),
                                       std::chrono::month(static_cast<unsigned>(month)),
                                       std::chrono::day(static_cast<unsigned>(day)))
               .ok();
}

/// `2024-01-31`, then nothing, or `T` or a blank and `09:05` or `09:05:07`, then what may follow.
std::optional<std::string> iso_wall_clock(std::string_view text) {
    const auto year = digits_at(text, 0, 4);
    const auto month = digits_at(text, 5, 2);
    const auto day = digits_at(text, 8, 2);
    if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
    if (!is_date(*year, *month, *day)) return std::nullopt;
    const std::string date(text.substr(0, 10));
    if (text.size() == 10) return date + " 00:00:00";
    const auto hour = digits_at(text, 11, 2);
    const auto minute = digits_at(text, 14, 2);
    if ((text[10] != 'T' && text[10] != ' ') || !hour || !minute || text[13] != ':') {
        return std::nullopt;
    }
    const bool has_seconds = text.size() > 16 && text[16] == ':';
    const auto second = has_seconds ? digits_at(text, 17, 2) : std::optional(0);
    if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    const std::string_view rest = text.substr(has_seconds ? 19 : 16);
    if (!rest.empty() && std::string_view(".,Z+- ").find(rest.front()) == std::string_view::npos) {
        return std::nullopt;
    }
    return date + ' ' + std::string(text.substr(11, 5)) + ':' +
           (has_seconds ? std::string(text.substr(17, 2)) : "00");
}

std::string two_digits(long long number) {
    const std::string digits = std::to_string(number);
    return digits.size() < 2 ? '0' + digits : digits;
}

/// `2024-01-31 09:05:00` of seconds since 1970 by that clock.
std::string clock_text(std::chrono::seconds local) {
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day date{std::chrono::sys_days(day)};
    const std::string year = std::to_string(static_cast<int>(date.year()));
    const long long in_day = (local - day).count();
    return std::string(4 - std::min<std::size_t>(year.size(), 4), '0') + year + '-' +
           two_digits(static_cast<unsigned>(date.month())) + '-' +
           two_digits(static_cast<unsigned>(date.day())) + ' ' + two_digits(in_day / 3600) + ':' +
           two_digits(in_day / 60 % 60) + ':' + two_digits(in_day % 60);
}

/// And back, of a wall clock.
std::chrono::seconds clock_seconds(std::string_view clock) {
    const auto number = [clock](std::size_t at, std::size_t count) {
        return digits_at(clock, at, count).value_or(0);
    };
    const std::chrono::sys_days day = std::chrono::year(number(0, 4)) /
                                      std::chrono::month(static_cast<unsigned>(number(5, 2))) /
                                      std::chrono::day(static_cast<unsigned>(number(8, 2)));
    return day.time_since_epoch() + std::chrono::hours(number(11, 2)) +
           std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2));
}

}  // namespace

std::string clean_import_name(std::string_view name) {
    std::string clean;
    std::size_t characters = 0;
    bool after_gap = false;
    for (std::size_t at = 0; at < name.size() && characters < kMaxNameCharacters;) {
        const char32_t c = next_code_point(name, at);
        const bool is_gap = becomes_underscore(c);
        if (is_gap && after_gap) continue;
        if (!is_gap && c != U'_' && !is_alphanumeric(c)) {
            after_gap = false;
            continue;
        }
        append_utf8(clean, is_gap ? U'_' : c);
        ++characters;
        after_gap = is_gap;
    }
    clean = cut_to_bytes(clean, kMaxNameBytes);
    return clean.empty() ? std::string(kUntitled) : clean;
}

std::string confined_import_path(std::string_view name) {
    std::vector<std::string> segments;
    const std::string slashed = replace_all(name, "\\", "/");
    for (const std::string_view part : split(slashed, '/')) {
        if (auto segment = confined_segment(part); !segment.empty()) {
            segments.push_back(std::move(segment));
        }
    }
    return segments.empty() ? std::string(kUntitled) : join(segments, "/");
}

std::string on_one_line(std::string_view text) {
    std::string line;
    bool is_gap = false;
    for (const char c : trim(text)) {
        if (c == '\n' || c == '\r' || c == '\0') {
            is_gap = true;
            continue;
        }
        if (is_gap) line += ' ';
        is_gap = false;
        line += c;
    }
    return line;
}

std::string fenced_text(std::string_view language, std::string_view text) {
    std::size_t longest = 2;
    for (std::size_t at = text.find('`'); at != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_not_of('`', at), text.size());
        longest = std::max(longest, end - at);
        at = text.find('`', end);
    }
    const std::string fence(longest + 1, '`');
    return fence + on_one_line(language) + '\n' + std::string(text) + '\n' + fence;
}

std::string capitalised(std::string_view word) {
    const std::string lower = to_lower(word);
    if (!lower.empty() && lower.front() >= 'a' && lower.front() <= 'z') {
        return static_cast<char>(lower.front() - 'a' + 'A') + lower.substr(1);
    }
    return lower;
}

std::optional<std::string> wall_clock(std::string_view text) {
    if (auto iso = iso_wall_clock(text)) return iso;
    double seconds = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return wall_clock(seconds);
}

std::optional<std::string> wall_clock(double seconds_since_1970) {
    constexpr double first = -62'135'500'000;  // in the year 1, whatever the zone
    constexpr double last = 253'402'200'000;   // in the year 9999
    // Not a number is neither.
    if (!(seconds_since_1970 > first && seconds_since_1970 < last)) return std::nullopt;
    using std::chrono::days;
    using std::chrono::floor;
    using std::chrono::seconds;
    const auto utc = seconds(static_cast<long long>(std::floor(seconds_since_1970)));
    const auto local =
        utc + utc_offset_at(Timestamp(std::chrono::duration_cast<Timestamp::duration>(utc)));
    return clock_text(local);
}

bool may_be_one_moment(std::string_view left, std::string_view right) {
    const auto first = wall_clock(left);
    const auto second = wall_clock(right);
    if (!first || !second) return left == right;
    // Zones are up to 26 hours apart, and whole quarters of an hour.
    const auto apart = std::chrono::abs(clock_seconds(*first) - clock_seconds(*second));
    return apart <= std::chrono::hours(26) && apart % std::chrono::minutes(15) == apart.zero();
}

std::string compact_date(std::string_view wall_clock, int days_later) {
    const auto day = std::chrono::floor<std::chrono::days>(clock_seconds(wall_clock)) +
                     std::chrono::days(days_later);
    return replace_all(clock_text(day).substr(0, 10), "-", "");
}

}  // namespace bm
