#include "server/line_splitter.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

std::vector<std::string> lines_of(bm::LineSplitter& splitter) {
    std::vector<std::string> out;
    while (auto line = splitter.next()) out.push_back(line->too_long ? "(too long)" : line->text);
    return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("lines come whole however their bytes were cut") {
    const std::string text = "one\ntwo\r\n\n\r\nthr\ree\nfour";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CAPTURE(piece);
        bm::LineSplitter splitter(100);
        Lines all;
        for (std::size_t at = 0; at < text.size(); at += piece) {
            splitter.feed(std::string_view(text).substr(at, piece));
            for (auto& line : lines_of(splitter)) all.push_back(line);
        }
        CHECK(all == Lines{"one", "two", "", "", "thr\ree"});
        CHECK(splitter.rest()->text == "four");
        CHECK_FALSE(splitter.rest());
    }
}

TEST_CASE("a line that is too long is reported once and the next is read again") {
    for (std::size_t piece = 1; piece <= 12; ++piece) {
        CAPTURE(piece);
        const std::string text = "12345\n123456\n12345\r\n1234567890123456789\nabc\n";
        bm::LineSplitter splitter(5);
        Lines all;
        for (std::size_t at = 0; at < text.size(); at += piece) {
            splitter.feed(std::string_view(text).substr(at, piece));
            for (auto& line : lines_of(splitter)) all.push_back(line);
        }
        CHECK(all == Lines{"12345", "(too long)", "12345", "(too long)", "abc"});
        CHECK_FALSE(splitter.rest());
    }
}

TEST_CASE("a line that is too long is reported before its end has come") {
    bm::LineSplitter splitter(5);
    splitter.feed("1234567");
    CHECK(lines_of(splitter) == Lines{"(too long)"});
    splitter.feed(std::string(1000, 'x'));
    CHECK(lines_of(splitter).empty());
    CHECK_FALSE(splitter.rest());
    splitter.feed("x\nok\n");
    CHECK(lines_of(splitter) == Lines{"ok"});
}

TEST_CASE("what a large line took is given back") {
    bm::LineSplitter splitter(10'000'000);
    splitter.feed(std::string(5'000'000, 'x') + "\n");
    CHECK(splitter.next()->text.size() == 5'000'000);
    CHECK_FALSE(splitter.next());
    CHECK(splitter.capacity() <= 1024 * 1024);
    splitter.feed("next\n");
    CHECK(splitter.next()->text == "next");
}

TEST_CASE("a long last line without an end is too long as well") {
    bm::LineSplitter splitter(5);
    splitter.feed("ok\n123456");
    CHECK(lines_of(splitter) == Lines{"ok"});
    CHECK(splitter.rest()->too_long);
}
