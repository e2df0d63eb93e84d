#include "markdown/memory_url.hpp"

#include <fstream>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace {

/// Lookups that the recorded rows show without the '/' beside a star. With it "docs/*" does not
/// match "docs-old/x".
const std::map<std::string, std::string> lookups_with_folder_boundary{
    {"memory://specs/search/*", "specs/search/*"},
    {"memory://specs/*/search/*", "specs/*/search/*"},
    {"pattern/*", "pattern/*"},
    {"memory://pattern/*", "pattern/*"},
    {"memory://docs/*", "docs/*"},
    {"memory://Docs_Old/*", "docs-old/*"},
    {"memory://docs/*-draft", "docs/*draft"},
};

std::string lookup_of(std::string_view url) {
    const auto parsed = bm::parse_memory_url(url);
    return parsed ? parsed->lookup : "refused: " + parsed.error().message;
}

}  // namespace

TEST_CASE("every recorded memory URL is understood as recorded") {
    std::ifstream file("vectors/memory_urls.json");
    const auto rows = nlohmann::json::parse(file);
    REQUIRE(rows.size() > 50);
    for (const auto& row : rows) {
        const auto input = row[0].get<std::string>();
        CAPTURE(input);
        const auto parsed = bm::parse_memory_url(input);
        const auto& expected = row[1];
        if (expected.contains("error")) {
            REQUIRE_FALSE(parsed);
            CHECK(parsed.error() ==
                  bm::Error{bm::Fault::invalid, expected["error"].get<std::string>()});
            continue;
        }
        REQUIRE(parsed);
        CHECK(parsed->url == expected["url"].get<std::string>());
        CHECK(parsed->path == expected["path"].get<std::string>());
        CHECK(parsed->glob == expected["glob"].get<bool>());
        const auto deviation = lookups_with_folder_boundary.find(input);
        CHECK(parsed->lookup == (deviation == lookups_with_folder_boundary.end()
                                     ? expected["lookup"].get<std::string>()
                                     : deviation->second));
    }
}

TEST_CASE("13.2 item 12: a star after a slash stays inside the folder") {
    CHECK(lookup_of("docs/*") == "docs/*");
    CHECK(lookup_of("My Docs/*/Draft_*") == "my-docs/*/draft*");
    CHECK(lookup_of("*/notes/*") == "*/notes/*");
    CHECK(lookup_of("a/*/*") == "a/*/*");
    CHECK(lookup_of("**") == "**");
}

TEST_CASE("13.1 item 45: underscores in memory URLs address the same note as hyphens") {
    CHECK(lookup_of("memory://My_Folder/my_note") == lookup_of("memory://my-folder/my-note"));
}

TEST_CASE("a memory URL has at most 2028 characters") {
    const std::string scheme = "memory://";
    std::string longest = scheme;
    for (int i = 0; i < 2028 - 9; ++i) longest += "é";
    CHECK(bm::parse_memory_url(longest));
    const auto refused = bm::parse_memory_url(longest + "x");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == bm::Fault::invalid);
    CHECK(refused.error().message.find("at most 2028") != std::string::npos);
    // What is wrong with the path is said first.
    const auto doubled = bm::parse_memory_url(longest + "//");
    REQUIRE_FALSE(doubled);
    CHECK(doubled.error().message.find("double slashes") != std::string::npos);
}

TEST_CASE("one scheme is removed from an identifier and only in lower case") {
    CHECK(bm::without_memory_scheme("memory://a/b") == "a/b");
    CHECK(bm::without_memory_scheme("memory://memory://a") == "memory://a");
    CHECK(bm::without_memory_scheme("a/b") == "a/b");
    CHECK(bm::without_memory_scheme("MEMORY://a") == "MEMORY://a");
}
