#include "repository/clock.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <ctime>

namespace bm {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::seconds;

void append_number(std::string& out, std::int64_t value, std::size_t width) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    const auto length = static_cast<std::size_t>(end - digits.data());
    if (length < width) out.append(width - length, '0');
    out.append(digits.data(), length);
}

struct Civil {
    std::int64_t year;
    unsigned month;
    unsigned day;
};

// std::chrono::year ends at 32767; an author may write, and a file system may hold, anything.
Civil civil_of(std::int64_t days_since_1970) {
    constexpr std::int64_t days_per_era = 146'097;  // 400 years
    constexpr std::int64_t from_march_of_year_0 = 719'468;
    const std::int64_t shifted = days_since_1970 + from_march_of_year_0;
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - days_per_era + 1) / days_per_era;
    const std::int64_t day_of_era = shifted - era * days_per_era;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month = (5 * day_of_year + 2) / 153;  // from March
    return {year_of_era + era * 400 + (month < 10 ? 0 : 1),
            static_cast<unsigned>(month < 10 ? month + 3 : month - 9),
            static_cast<unsigned>(day_of_year - (153 * month + 2) / 5 + 1)};
}

struct SplitTime {
    std::int64_t days;  // since 1970, rounded down
    microseconds in_day;
};

// std::chrono::floor overflows at the earliest moment.
SplitTime split_time(microseconds since_1970) {
    constexpr std::int64_t per_day = microseconds(days(1)).count();
    std::int64_t whole = since_1970.count() / per_day;
    std::int64_t rest = since_1970.count() % per_day;
    if (rest < 0) {
        --whole;
        rest += per_day;
    }
    return {whole, microseconds(rest)};
}

/// `2026-11-22`.
void append_date(std::string& out, const SplitTime& time) {
    const Civil date = civil_of(time.days);
    if (date.year < 0) out += '-';
    append_number(out, date.year < 0 ? -date.year : date.year, 4);
    out += '-';
    append_number(out, date.month, 2);
    out += '-';
    append_number(out, date.day, 2);
}

/// `06:28`.
void append_minute(std::string& out, const SplitTime& time) {
    append_number(out, time.in_day / std::chrono::hours(1), 2);
    out += ':';
    append_number(out, time.in_day / std::chrono::minutes(1) % 60, 2);
}

microseconds in_local_zone(Timestamp at) { return at.time_since_epoch() + utc_offset_at(at); }

}  // namespace

Timestamp system_now() {
    return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
}

Timestamp timestamp_from_ns(std::int64_t nanoseconds) {
    return Timestamp(floor<microseconds>(std::chrono::nanoseconds(nanoseconds)));
}

std::string iso8601_utc(Timestamp at) {
    const SplitTime time = split_time(at.time_since_epoch());
    const auto in_second = (time.in_day % seconds(1)).count();
    std::string out;
    out.reserve(32);
    append_date(out, time);
    out += 'T';
    append_minute(out, time);
    out += ':';
    append_number(out, time.in_day / seconds(1) % 60, 2);
    if (in_second != 0) {
        out += '.';
        append_number(out, in_second, 6);
    }
    out += "+00:00";
    return out;
}

std::chrono::seconds utc_offset_at(Timestamp at) {
    const auto since_1970 = static_cast<std::time_t>(floor<seconds>(at.time_since_epoch()).count());
    std::tm local{};
    // Fails for years beyond what an int holds.
    if (localtime_r(&since_1970, &local) == nullptr) return seconds(0);
    return seconds(local.tm_gmtoff);
}

std::string local_date(Timestamp at) {
    std::string out;
    append_date(out, split_time(in_local_zone(at)));
    return out;
}

std::string local_minute(Timestamp at) {
    std::string out;
    const SplitTime local = split_time(in_local_zone(at));
    append_date(out, local);
    out += ' ';
    append_minute(out, local);
    return out;
}

Timestamp to_timestamp(const WrittenTime& written) {
    const Timestamp as_utc(written.time.time_since_epoch());
    if (written.offset) return as_utc - *written.offset;
    // Clocks that are put back show an hour twice and those put forward skip one. The offset of the
    // day before gives the first of two readings and, for a skipped one, the moment that the clock
    // would have shown.
    const seconds before = utc_offset_at(as_utc - days(1));
    const seconds after = utc_offset_at(as_utc + days(1));
    if (before == after || utc_offset_at(as_utc - before) == before) return as_utc - before;
    if (utc_offset_at(as_utc - after) == after) return as_utc - after;
    return as_utc - before;
}

}  // namespace bm
