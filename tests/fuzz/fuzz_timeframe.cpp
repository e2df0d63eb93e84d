#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_promise.hpp"
#include "markdown/timeframe.hpp"

/// The first three bytes choose the moment and the zone, the rest is the phrase.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::chrono_literals;
    constexpr std::size_t head = 3;
    if (size < head) return 0;
    const std::chrono::sys_seconds now = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1) +
                                         std::chrono::days((data[0] * 256 + data[1]) / 4) +
                                         std::chrono::minutes(data[1] * 5);
    const std::chrono::seconds offset = std::chrono::minutes((data[2] % 105 - 48) * 15);
    const std::string_view text(reinterpret_cast<const char*>(data) + head, size - head);

    const auto moment = bm::parse_moment(text, now, offset);
    const auto start = bm::timeframe_start(text, now, offset);
    promise(moment.has_value() == start.has_value(), "a moment starts a window");
    promise(!start || *start <= now - 24h, "a window is at least a day long");

    const auto frame = bm::normalize_timeframe(text, now, offset);
    promise(!frame || moment, "a timeframe is a moment");
    if (!frame || *frame == "today") return 0;
    promise(frame->back() == 'd', "a timeframe counts days");
    const int days = std::stoi(*frame);
    promise(days >= 1 && days <= 365, "a timeframe is between a day and a year long");
    const auto again = bm::normalize_timeframe(*frame, now, offset);
    promise(again && *again == *frame, "a normalised timeframe is normal");
    return 0;
}
