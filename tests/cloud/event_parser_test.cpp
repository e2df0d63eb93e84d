#include "cloud/event_parser.hpp"

#include <vector>

#include <doctest/doctest.h>

namespace bm {
namespace {

std::vector<std::string> events_of(std::string_view text, std::size_t step) {
    EventParser parser(1000);
    std::vector<std::string> events;
    for (std::size_t at = 0; at < text.size(); at += step) {
        parser.feed(text.substr(at, step));
        while (const auto event = parser.next()) events.push_back(event->id + '|' + event->data);
    }
    return events;
}

TEST_CASE("events are found however their bytes were cut, with every line end") {
    const std::string text =
        ": hello\n\nid: 1\ndata: {\"a\":1}\n\nevent: message\ndata:b\r\ndata: c\r\n\r\n"
        "id: 2\rdata\rdata:d\r\rretry: 5\n\ndata: not ended\n";
    const std::vector<std::string> expected{"1|{\"a\":1}", "1|b\nc", "2|\nd"};
    for (std::size_t step = 1; step <= text.size(); ++step)
        CHECK(events_of(text, step) == expected);
}

TEST_CASE("an event that never ends fills no memory") {
    EventParser parser(100);
    for (int i = 0; i < 50 && !parser.is_overrun(); ++i) {
        parser.feed("data: aaaaaaaaaa\n");
        CHECK_FALSE(parser.next());
    }
    CHECK(parser.is_overrun());
    EventParser line(100);
    line.feed(std::string(200, 'x'));
    CHECK_FALSE(line.next());
    CHECK(line.is_overrun());
}

}  // namespace
}  // namespace bm
