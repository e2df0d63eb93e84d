#include "markdown/calendar.hpp"

#include <array>
#include <cstddef>

namespace bm {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::year_month_day;

constexpr int first_year = 1;
constexpr int last_year = 9999;

template <std::size_t count>
std::optional<unsigned> index_of_name(std::string_view word,
                                      const std::array<std::string_view, count>& names) noexcept {
    constexpr std::size_t shortest = 3;
    if (word.size() < shortest) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) {
        if (names[i].starts_with(word)) return static_cast<unsigned>(i);
    }
    return std::nullopt;
}

constexpr std::array<std::string_view, 12> month_names{
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 7> weekday_names{
    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

}  // namespace

std::optional<local_days> calendar_day(long long year, long long month, long long day) {
    constexpr long long most = 31;  // keeps the casts below in range
    if (year < first_year || year > last_year || month > most || day > most) return std::nullopt;
    const year_month_day date{std::chrono::year(static_cast<int>(year)),
                              std::chrono::month(static_cast<unsigned>(month)),
                              std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    return local_days(date);
}

std::optional<local_seconds> months_before(local_seconds from, long long months) {
    constexpr long long months_in_year = 12;
    const local_days day = std::chrono::floor<days>(from);
    const year_month_day date{day};
    const long long index = static_cast<int>(date.year()) * months_in_year +
                            static_cast<unsigned>(date.month()) - 1 - months;
    const long long year = index / months_in_year;
    if (index < 0 || year < first_year || year > last_year) return std::nullopt;
    const std::chrono::year_month month{
        std::chrono::year(static_cast<int>(year)),
        std::chrono::month(static_cast<unsigned>(index % months_in_year + 1))};
    year_month_day moved = month / date.day();
    if (!moved.ok()) moved = month / std::chrono::last;
    return local_days(moved) + (from - day);
}

bool is_in_calendar(local_seconds time) noexcept {
    constexpr local_days first{std::chrono::year(first_year) / 1 / 1};
    constexpr local_days end{std::chrono::year(last_year + 1) / 1 / 1};
    return time >= first && time < end;
}

std::optional<unsigned> month_named(std::string_view name) noexcept {
    const auto index = index_of_name(name, month_names);
    if (!index) return std::nullopt;
    return *index + 1;
}

std::optional<std::chrono::weekday> weekday_named(std::string_view name) noexcept {
    const auto index = index_of_name(name, weekday_names);
    if (!index) return std::nullopt;
    return std::chrono::weekday(*index);
}

}  // namespace bm
