#include "cli/relative_time.hpp"

#include "markdown/written_time.hpp"

namespace bm {

std::string relative_time(const std::optional<Timestamp>& at, Timestamp now) {
    if (!at) return "never";
    const auto count = [](long long number, const char* unit) {
        return std::to_string(number) + ' ' + unit + (number == 1 ? " ago" : "s ago");
    };
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *at).count();
    if (seconds < 60) return "just now";
    if (seconds < 60 * 60) return count(seconds / 60, "minute");
    if (seconds < 24 * 60 * 60) return count(seconds / 3600, "hour");
    return count(seconds / 86400, "day");
}

std::optional<Timestamp> stored_moment(std::string_view text) {
    const auto written = parse_iso_time(text);
    if (!written) return std::nullopt;
    return to_timestamp(*written);
}

}  // namespace bm
