#include "tools/resource_uri.hpp"

#include <doctest/doctest.h>

TEST_CASE("only addresses of this scheme have a path") {
    CHECK(bm::memory_path("memory://a/b") == "a/b");
    CHECK_FALSE(bm::memory_path("memory://"));
    CHECK_FALSE(bm::memory_path("Memory://a"));
    CHECK_FALSE(bm::memory_path("file:///a"));
    CHECK_FALSE(bm::memory_path(""));
}

TEST_CASE("percent sequences are read once and only where they are whole") {
    CHECK(bm::uri_text("caf%C3%A9") == "café");
    CHECK(bm::uri_text("a%20b%2fc") == "a b/c");
    CHECK(bm::uri_text("100%") == "100%");
    CHECK(bm::uri_text("%4") == "%4");
    CHECK(bm::uri_text("%zz") == "%zz");
    CHECK(bm::uri_text("%252e") == "%2e");
    CHECK_FALSE(bm::uri_text("a%00b"));
    CHECK_FALSE(bm::uri_text("%ff"));
}

TEST_CASE("what is encoded comes back when it is decoded") {
    for (const char* path :
         {"specs/search-design", "Café/Täglich 1.md", "a%20b", "100%?#[]", "~x"}) {
        CAPTURE(path);
        CHECK(bm::uri_text(bm::percent_encoded_path(path)) == path);
    }
    CHECK(bm::percent_encoded_path("a b/ü") == "a%20b/%C3%BC");
}

TEST_CASE("segments are split before they are decoded") {
    CHECK(bm::path_segments("My%2FProject/info") == std::vector<std::string>{"My/Project", "info"});
    CHECK_FALSE(bm::path_segments("a//info"));
    CHECK_FALSE(bm::path_segments("/info"));
    CHECK_FALSE(bm::path_segments("a/%00"));
}
