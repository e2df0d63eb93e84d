#include "tools/relative_time.hpp"

#include <chrono>

namespace bm {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::year_month_day;

/// `at` so many months later, on the last day of the month when its day does not exist there.
Timestamp plus_months(Timestamp at, int months) {
    const auto midnight = floor<days>(at);
    auto date = year_month_day{midnight} + std::chrono::months{months};
    if (!date.ok()) {
        date = date.year() / date.month() / std::chrono::last;
    }
    return Timestamp{std::chrono::sys_days{date}} + (at - midnight);
}

int whole_months_between(Timestamp from, Timestamp to) {
    const year_month_day first{floor<days>(from)};
    const year_month_day last{floor<days>(to)};
    const int months = static_cast<int>((last.year() - first.year()).count()) * 12 +
                       static_cast<int>(static_cast<unsigned>(last.month())) -
                       static_cast<int>(static_cast<unsigned>(first.month()));
    return plus_months(from, months) > to ? months - 1 : months;
}

std::string ago(long long count, const char* unit) {
    return std::to_string(count) + ' ' + unit + (count == 1 ? " ago" : "s ago");
}

}  // namespace

std::string relative_time(Timestamp then, Timestamp now) {
    if (then >= now) {
        return "just now";
    }
    const int months = whole_months_between(then, now);
    if (months >= 12) {
        return ago(months / 12, "year");
    }
    if (months > 0) {
        return ago(months, "month");
    }
    const auto elapsed = now - then;
    const auto whole_days = floor<days>(elapsed).count();
    if (whole_days >= 7) {
        return ago(whole_days / 7, "week");
    }
    if (whole_days > 0) {
        return whole_days == 1 ? "yesterday" : ago(whole_days, "day");
    }
    if (const auto hours = floor<std::chrono::hours>(elapsed).count(); hours > 0) {
        return ago(hours, "hour");
    }
    if (const auto minutes = floor<std::chrono::minutes>(elapsed).count(); minutes > 0) {
        return ago(minutes, "minute");
    }
    return "just now";
}

}  // namespace bm
