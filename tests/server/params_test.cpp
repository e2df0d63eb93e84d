#include "server/params.hpp"

#include <string>

#include <doctest/doctest.h>

using bm::Json;

TEST_CASE("a required text is a string and nothing else") {
    CHECK(bm::required_text({{"name", "x"}}, "name") == "x");
    CHECK(bm::required_text({{"name", ""}}, "name") == "");
    for (const Json& params : {Json::object(), Json{{"name", 1}}, Json{{"name", nullptr}}}) {
        const auto text = bm::required_text(params, "name");
        REQUIRE_FALSE(text);
        CHECK(text.error().code == -32602);
        CHECK(text.error().message == "name is not a string");
    }
}

TEST_CASE("an optional object may be absent or null") {
    CHECK(*bm::optional_object({{"a", {{"b", 1}}}}, "a") == Json{{"b", 1}});
    CHECK(*bm::optional_object(Json::object(), "a") == Json::object());
    CHECK(*bm::optional_object({{"a", nullptr}}, "a") == Json::object());
    for (const Json& wrong : {Json(1), Json("x"), Json::array(), Json(false)}) {
        CHECK_FALSE(bm::optional_object({{"a", wrong}}, "a"));
    }
}

TEST_CASE("a map of texts names the member that is not one") {
    CHECK(bm::optional_texts({{"a", {{"x", "1"}, {"y", ""}}}}, "a") ==
          bm::TextMap{{"x", "1"}, {"y", ""}});
    CHECK(bm::optional_texts(Json::object(), "a") == bm::TextMap());
    CHECK(bm::optional_texts({{"a", {{"x", 1}}}}, "a").error().message == "a.x is not a string");
    CHECK(bm::optional_texts({{"a", "x"}}, "a").error().message == "a is not an object");
}

TEST_CASE("a URI has a scheme and no blanks and an end") {
    for (const char* uri :
         {"a:b", "memory://x/y", "fixture://notes/a%2Fb", "urn:x", "a+b-c.1:", "file:///ü"}) {
        CAPTURE(uri);
        CHECK(bm::is_uri(uri));
    }
    for (const char* uri :
         {"", ":", ":x", "a", "1a:b", "a b:c", "a:b c", "a:b\n", "a:\x7F", "/a:b", "ü:x"}) {
        CAPTURE(uri);
        CHECK_FALSE(bm::is_uri(uri));
    }
    const std::string longest = "a:" + std::string(bm::longest_uri - 2, 'x');
    CHECK(bm::is_uri(longest));
    CHECK_FALSE(bm::is_uri(longest + "x"));
    CHECK(bm::required_uri({{"uri", "a:b"}}, "uri") == "a:b");
    CHECK(bm::required_uri({{"uri", "ab"}}, "uri").error().message == "uri is not a URI");
}
