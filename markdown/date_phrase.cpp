#include "markdown/date_phrase.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <string>

#include "markdown/calendar.hpp"
#include "markdown/phrase_scanner.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using std::chrono::weekday;
using std::chrono::year_month_day;

/// "5", "05" or "5th".
std::optional<long long> day_number(PhraseScanner& scanner) {
    const auto found = scanner.number();
    if (!found || found->digits > 2) return std::nullopt;
    for (const char* ordinal : {"st", "nd", "rd", "th"}) {
        if (scanner.accept_word(ordinal)) break;
    }
    return found->value;
}

std::optional<long long> year_number(PhraseScanner& scanner) {
    PhraseScanner ahead = scanner;
    ahead.skip_space();
    const auto found = ahead.number();
    if (!found || found->digits != 4) return std::nullopt;
    scanner = ahead;
    return found->value;
}

/// One reading of one phrase. Every member takes what it understands from the scanner it is given.
class PhraseReader {
public:
    PhraseReader(sys_seconds now, seconds utc_offset, const LocalClock& clock) noexcept
        : now_((now + utc_offset).time_since_epoch()), utc_offset_(utc_offset), clock_(clock) {}

    [[nodiscard]] std::optional<PhraseMeaning> absolute(PhraseScanner scanner) const;
    [[nodiscard]] std::optional<PhraseMeaning> relative(PhraseScanner scanner) const;

private:
    struct Amounts {
        long long months = 0;
        double seconds = 0;
    };

    [[nodiscard]] local_days today() const noexcept { return std::chrono::floor<days>(now_); }
    [[nodiscard]] local_days not_in_future(unsigned month, unsigned day) const;
    /// Without an offset the one that local clocks had then.
    [[nodiscard]] std::optional<PhraseMeaning> meaning(local_seconds time,
                                                       std::optional<seconds> offset) const;
    [[nodiscard]] std::optional<PhraseMeaning> moved(const Amounts& by, bool into_future) const;

    [[nodiscard]] std::optional<local_days> day(PhraseScanner& scanner) const;
    [[nodiscard]] std::optional<local_days> numeric_day(PhraseScanner& scanner) const;
    [[nodiscard]] std::optional<local_days> named_day(PhraseScanner& scanner) const;
    [[nodiscard]] std::optional<local_days> day_of_month(PhraseScanner& scanner) const;
    static std::optional<seconds> time_of_day(PhraseScanner& scanner);
    static std::optional<seconds> zone(PhraseScanner& scanner);
    static bool unit(PhraseScanner& scanner, double count, Amounts& into);
    static std::optional<Amounts> amounts(PhraseScanner& scanner);

    local_seconds now_;
    seconds utc_offset_;
    const LocalClock& clock_;
};

std::optional<PhraseMeaning> PhraseReader::meaning(local_seconds time,
                                                   std::optional<seconds> offset) const {
    if (!is_in_calendar(time)) return std::nullopt;
    if (!offset && clock_) return PhraseMeaning{clock_(time), false};
    return PhraseMeaning{sys_seconds((time - offset.value_or(utc_offset_)).time_since_epoch()),
                         false};
}

std::optional<PhraseMeaning> PhraseReader::moved(const Amounts& by, bool into_future) const {
    // Far more than the range of years and far less than what a count of seconds holds.
    constexpr double most_seconds = 4e11;
    constexpr long long months_in_year = 12;
    if (by.seconds > most_seconds) return std::nullopt;
    const auto whole = seconds(std::llround(into_future ? -by.seconds : by.seconds));
    const auto from = months_before(now_, into_future ? -by.months : by.months);
    if (!from) return std::nullopt;
    // Two hours are two hours, but a month ago the clock showed what it shows now.
    auto found = meaning(*from - whole, by.months == 0 ? std::optional(utc_offset_) : std::nullopt);
    if (found) {
        found->one_year_back =
            !into_future && by.months == months_in_year && whole == seconds::zero();
    }
    return found;
}

local_days PhraseReader::not_in_future(unsigned month, unsigned day) const {
    // February 29th may be up to eight years back.
    const int this_year = static_cast<int>(year_month_day{today()}.year());
    for (int year = this_year; year > this_year - 9; --year) {
        const auto found = calendar_day(year, month, day);
        if (found && *found <= today()) return *found;
    }
    return today();
}

std::optional<local_days> PhraseReader::numeric_day(PhraseScanner& scanner) const {
    constexpr std::size_t year_digits = 4;
    constexpr std::size_t compact_digits = 8;
    const auto first = scanner.number();
    if (!first) return std::nullopt;
    if (first->digits == compact_digits) {
        return calendar_day(first->value / 10000, first->value / 100 % 100, first->value % 100);
    }
    char separator = '\0';
    for (const char candidate : {'-', '/', '.'}) {
        if (scanner.accept(candidate)) separator = candidate;
        if (separator != '\0') break;
    }
    const bool year_first = first->digits == year_digits;
    if (separator == '\0') {
        return year_first ? calendar_day(first->value, 1, 1) : std::nullopt;
    }
    const auto second = scanner.number();
    if (!second) return std::nullopt;
    if (!scanner.accept(separator)) {
        return year_first ? calendar_day(first->value, second->value, 1) : std::nullopt;
    }
    const auto third = scanner.number();
    if (!third) return std::nullopt;
    if (year_first) return calendar_day(first->value, second->value, third->value);
    if (third->digits != year_digits) return std::nullopt;
    // Month first, as in American English, unless that cannot be.
    const auto american = calendar_day(third->value, first->value, second->value);
    return american ? american : calendar_day(third->value, second->value, first->value);
}

std::optional<local_days> PhraseReader::named_day(PhraseScanner& scanner) const {
    const bool previous = scanner.accept_word("last");
    const bool next = !previous && scanner.accept_word("next");
    if (!previous && !next) scanner.accept_word("this");
    scanner.skip_space();
    const std::string_view name = scanner.word();
    if (!previous && !next) {
        if (name == "today") return today();
        if (name == "yesterday") return today() - days(1);
        if (name == "tomorrow") return today() + days(1);
    }
    const auto wanted = weekday_named(name);
    if (!wanted) return std::nullopt;
    const days back = weekday(today()) - *wanted;
    if (next) return today() - back + days(7);
    return previous && back == days::zero() ? today() - days(7) : today() - back;
}

std::optional<local_days> PhraseReader::day_of_month(PhraseScanner& scanner) const {
    auto day = day_number(scanner);
    scanner.skip_space();
    scanner.accept_word("of");
    scanner.skip_space();
    const auto month = month_named(scanner.word());
    if (!month) return std::nullopt;
    auto year = year_number(scanner);
    if (!day && !year) {
        PhraseScanner ahead = scanner;
        ahead.skip_space();
        const auto after = day_number(ahead);
        if (after && !ahead.accept(':')) {
            day = after;
            scanner = ahead;
            year = year_number(scanner);
        }
    }
    const long long wanted_day = day.value_or(1);
    constexpr int leap_year = 2000;  // has every date that some year has
    if (!calendar_day(leap_year, *month, wanted_day)) return std::nullopt;
    if (year) return calendar_day(*year, *month, wanted_day);
    return not_in_future(*month, static_cast<unsigned>(wanted_day));
}

std::optional<local_days> PhraseReader::day(PhraseScanner& scanner) const {
    using Alternative = std::optional<local_days> (PhraseReader::*)(PhraseScanner&) const;
    scanner.accept_word("on");
    scanner.skip_space();
    for (const Alternative alternative :
         {&PhraseReader::day_of_month, &PhraseReader::numeric_day, &PhraseReader::named_day}) {
        PhraseScanner ahead = scanner;
        if (const auto found = (this->*alternative)(ahead)) {
            scanner = ahead;
            return found;
        }
    }
    return std::nullopt;
}

std::optional<seconds> PhraseReader::time_of_day(PhraseScanner& scanner) {
    constexpr long long noon = 12;
    const auto hour = scanner.number();
    if (!hour) return std::nullopt;
    std::optional<PhraseNumber> minute;
    std::optional<PhraseNumber> second;
    if (scanner.accept(':')) {
        minute = scanner.number();
        if (!minute) return std::nullopt;
        if (scanner.accept(':')) {
            second = scanner.number();
            if (!second) return std::nullopt;
            if (scanner.accept('.') && !scanner.number()) return std::nullopt;
        }
    }
    scanner.skip_space();
    const bool afternoon = scanner.accept_word("pm");
    const bool morning = !afternoon && scanner.accept_word("am");
    long long hour_value = hour->value;
    if (afternoon || morning) {
        if (hour_value < 1 || hour_value > noon) return std::nullopt;
        hour_value = hour_value % noon + (afternoon ? noon : 0);
    } else if (!minute) {
        return std::nullopt;
    }
    const long long minute_value = minute ? minute->value : 0;
    const long long second_value = second ? second->value : 0;
    if (hour_value > 23 || minute_value > 59 || second_value > 59) return std::nullopt;
    return hours(hour_value) + minutes(minute_value) + seconds(second_value);
}

std::optional<seconds> PhraseReader::zone(PhraseScanner& scanner) {
    for (const char* utc : {"z", "utc", "gmt"}) {
        if (scanner.accept_word(utc)) return seconds::zero();
    }
    const bool west = scanner.accept('-');
    if (!west && !scanner.accept('+')) return std::nullopt;
    const auto first = scanner.number();
    if (!first) return std::nullopt;
    long long hour = first->value;
    long long minute = 0;
    if (first->digits == 4) {
        hour = first->value / 100;
        minute = first->value % 100;
    } else if (scanner.accept(':')) {
        const auto second = scanner.number();
        if (!second) return std::nullopt;
        minute = second->value;
    }
    if (hour > 14 || minute > 59) return std::nullopt;
    const seconds offset = hours(hour) + minutes(minute);
    return west ? -offset : offset;
}

std::optional<PhraseMeaning> PhraseReader::absolute(PhraseScanner scanner) const {
    const auto date = day(scanner);
    if (!date) return std::nullopt;
    seconds time = seconds::zero();
    std::optional<seconds> offset;
    scanner.skip_space();
    if (!scanner.at_end()) {
        if (!scanner.accept_word("t")) scanner.accept_word("at");
        scanner.skip_space();
        const auto found = time_of_day(scanner);
        if (!found) return std::nullopt;
        time = *found;
        scanner.skip_space();
        if (!scanner.at_end()) {
            const auto named = zone(scanner);
            if (!named || !scanner.at_end()) return std::nullopt;
            offset = *named;
        }
    }
    return meaning(*date + time, offset);
}

bool PhraseReader::unit(PhraseScanner& scanner, double count, Amounts& into) {
    struct Unit {
        std::array<std::string_view, 5> names;
        long long months;
        double seconds;
    };
    constexpr double day = 86400;
    constexpr std::array units{
        Unit{{"s", "sec", "secs", "second", "seconds"}, 0, 1},
        Unit{{"m", "min", "mins", "minute", "minutes"}, 0, 60},
        Unit{{"h", "hr", "hrs", "hour", "hours"}, 0, 3600},
        Unit{{"d", "dy", "dys", "day", "days"}, 0, day},
        Unit{{"w", "wk", "wks", "week", "weeks"}, 0, 7 * day},
        Unit{{"mo", "mth", "mths", "month", "months"}, 1, 30.4375 * day},
        Unit{{"y", "yr", "yrs", "year", "years"}, 12, 365.25 * day},
    };
    const std::string_view name = scanner.word();
    for (const Unit& candidate : units) {
        for (const std::string_view known : candidate.names) {
            if (known != name) continue;
            // Months and years are of different lengths; only a fraction of one is counted in
            // seconds.
            const double whole = candidate.months > 0 ? std::floor(count) : 0;
            into.months += candidate.months * static_cast<long long>(whole);
            into.seconds += (count - whole) * candidate.seconds;
            return true;
        }
    }
    return false;
}

std::optional<PhraseReader::Amounts> PhraseReader::amounts(PhraseScanner& scanner) {
    Amounts sum;
    bool any = false;
    while (true) {
        PhraseScanner ahead = scanner;
        ahead.skip_space();
        if (any && ahead.accept_word("and")) ahead.skip_space();
        const auto count = ahead.amount();
        if (!count) break;
        ahead.skip_space();
        if (!unit(ahead, *count, sum)) return std::nullopt;
        any = true;
        scanner = ahead;
    }
    if (!any) return std::nullopt;
    return sum;
}

std::optional<PhraseMeaning> PhraseReader::relative(PhraseScanner scanner) const {
    const auto ends_here = [&scanner] {
        scanner.skip_space();
        return scanner.at_end();
    };
    if (scanner.accept_word("now")) return ends_here() ? moved({}, false) : std::nullopt;
    if (scanner.accept_word("yesterday")) {
        return ends_here() ? moved({0, 86400}, false) : std::nullopt;
    }
    if (scanner.accept_word("tomorrow"))
        return ends_here() ? moved({0, 86400}, true) : std::nullopt;
    const bool signed_back = scanner.accept('-');
    const bool in_future = !signed_back && scanner.accept_word("in");
    scanner.skip_space();
    scanner.accept_word("the");
    scanner.skip_space();
    bool back = false;
    for (const char* direction : {"last", "past", "previous"}) {
        back = back || scanner.accept_word(direction);
    }
    const bool forward = !back && scanner.accept_word("next");
    const bool standing = !back && !forward && scanner.accept_word("this");
    scanner.skip_space();
    PhraseScanner ahead = scanner;
    auto by = amounts(ahead);
    if (in_future && (back || forward || standing)) return std::nullopt;
    if (by && standing) return std::nullopt;
    if (by) {
        scanner = ahead;
    } else {
        // "last week" and "week" are one week.
        by.emplace();
        ahead = scanner;
        const std::string_view name = ahead.word();
        if (name.size() < 3 || name.ends_with('s') || !unit(scanner, 1, *by)) return std::nullopt;
    }
    scanner.skip_space();
    const bool ago =
        !in_future && !forward && (scanner.accept_word("ago") || scanner.accept_word("back"));
    if (!ends_here() || (standing && ago)) return std::nullopt;
    return moved(standing ? Amounts{} : *by, in_future || forward);
}

}  // namespace

std::optional<PhraseMeaning> understand_date_phrase(std::string_view text, sys_seconds now,
                                                    seconds utc_offset, const LocalClock& clock) {
    constexpr std::size_t longest = 100;  // no phrase that is understood is longer
    const std::string_view trimmed = trim(text);
    if (trimmed.empty() || trimmed.size() > longest) return std::nullopt;
    const std::string lower = to_lower(trimmed);
    const PhraseReader reader(now, utc_offset, clock);
    const PhraseScanner scanner(lower);
    if (const auto found = reader.relative(scanner)) return found;
    return reader.absolute(scanner);
}

}  // namespace bm
