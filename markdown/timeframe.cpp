#include "markdown/timeframe.hpp"

#include <algorithm>

#include "markdown/date_phrase.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;

/// A client in another zone must not lose the notes of its own day.
constexpr std::chrono::hours shortest_window{24};
constexpr long long longest_window_in_days = 365;

bool is_today(std::string_view text) {
    const std::string_view word = trim(text);
    constexpr std::string_view today = "today";
    return word.size() == today.size() && starts_with_ignoring_case(word, today);
}

Result<PhraseMeaning> meaning_of(std::string_view text, sys_seconds now, seconds utc_offset,
                                 const LocalClock& clock = nullptr) {
    if (is_today(text)) return PhraseMeaning{now - shortest_window, false};
    if (const auto found = understand_date_phrase(text, now, utc_offset, clock)) return *found;
    return fail(Fault::invalid, "Could not parse timeframe: " + std::string(text));
}

}  // namespace

Result<sys_seconds> parse_moment(std::string_view text, sys_seconds now, seconds utc_offset,
                                 const LocalClock& clock) {
    return meaning_of(text, now, utc_offset, clock).map([](const PhraseMeaning& found) {
        return found.moment;
    });
}

Result<std::string> normalize_timeframe(std::string_view text, sys_seconds now,
                                        seconds utc_offset) {
    if (is_today(text)) return std::string("today");
    const auto found = meaning_of(text, now, utc_offset);
    if (!found) return tl::unexpected(found.error());
    const seconds window = now - std::min(found->moment, now - shortest_window);
    // To the nearest day, so that an hour of daylight saving does not turn seven days into six.
    long long count = std::chrono::floor<days>(window + std::chrono::hours(12)).count();
    if (found->one_year_back) count = std::min(count, longest_window_in_days);
    if (count > longest_window_in_days) {
        return fail(Fault::invalid, "Timeframe should be <= 1 year");
    }
    return std::to_string(count) + "d";
}

Result<sys_seconds> timeframe_start(std::string_view text, sys_seconds now, seconds utc_offset) {
    return parse_moment(text, now, utc_offset).map([now](sys_seconds moment) {
        return std::min(moment, sys_seconds(now - shortest_window));
    });
}

}  // namespace bm
