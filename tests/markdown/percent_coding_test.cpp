#include "markdown/percent_coding.hpp"

#include <doctest/doctest.h>

namespace {

using bm::percent_decoded;
using bm::percent_decoded_where_possible;
using bm::percent_encoded;

std::string all_bytes() {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    return bytes;
}

TEST_CASE("every byte survives encoding and decoding") {
    CHECK(percent_decoded(percent_encoded(all_bytes())) == all_bytes());
}

TEST_CASE("unreserved characters stay, and those that a place may have") {
    CHECK(percent_encoded("aZ09-._~") == "aZ09-._~");
    CHECK(percent_encoded("a b/\xC3\xBC?") == "a%20b%2F%C3%BC%3F");
    CHECK(percent_encoded("a b/\xC3\xBC#", "/") == "a%20b/%C3%BC%23");
}

TEST_CASE("a broken escape is refused, or stays where people type") {
    for (const char* text : {"100%", "%4", "%zz", "a%", "%%41"}) {
        CAPTURE(text);
        CHECK_FALSE(percent_decoded(text));
    }
    CHECK(percent_decoded("caf%C3%A9%2f%00") == std::string("caf\xC3\xA9/\0", 7));
    CHECK(percent_decoded_where_possible("100%") == "100%");
    CHECK(percent_decoded_where_possible("%4%zz%41") == "%4%zzA");
    CHECK(percent_decoded_where_possible("%252e") == "%2e");
}

TEST_CASE("hexadecimal digits") {
    CHECK(bm::hex_value('f') == 15U);
    CHECK(bm::hex_value('A') == 10U);
    CHECK_FALSE(bm::hex_value('g'));
    CHECK_FALSE(bm::hex_value('/'));
    std::string out = "x";
    bm::append_hex(out, std::string("\x00\xFF\x1a", 3));
    CHECK(out == "x00ff1a");
}

}  // namespace
