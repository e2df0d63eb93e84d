#include "access/answers.hpp"

#include <doctest/doctest.h>

#include "tests/access/fixture.hpp"

using bm::test::field_of;

TEST_CASE("a stranger's word cannot forge a line of the log") {
    CHECK(bm::log_word("plain") == "'plain'");
    CHECK(bm::log_word("a\nINFO login ok\r\x1b[2J") == "'a?INFO login ok??[2J'");
    CHECK(bm::log_word("it's") == "'it\"s'");
    CHECK(bm::log_word("a\xff") == "'a\xef\xbf\xbd'");
    CHECK(bm::log_word(std::string(5000, 'x')).size() == 202);
    CHECK(bm::log_word("a\xc2\x9b"
                       "31m") == "'a?31m'");
    CHECK(bm::log_word("a\xe2\x80\xae"
                       "b\xe2\x80\xa8"
                       "c") == "'a?b?c'");
    CHECK(bm::log_word("\xef\xbb\xbf\xc2\x85") == std::string("'?") + "?'");
    CHECK(bm::log_word("\xc3\xa4 \xe2\x82\xac") == "'\xc3\xa4 \xe2\x82\xac'");
}

TEST_CASE("errors are JSON that nobody stores") {
    const auto answer = bm::oauth_error(400, "invalid_request", "No.");
    CHECK(answer.status == 400);
    CHECK(answer.body == R"({"error":"invalid_request","error_description":"No."})");
    CHECK(field_of(answer, "Cache-Control") == "no-store");
    CHECK(field_of(answer, "Content-Type") == "application/json");
    CHECK(field_of(bm::too_many(7), "Retry-After") == "7");
    CHECK(field_of(bm::wrong_method("GET"), "Allow") == "GET");
}

TEST_CASE("the media type is compared without its parameters and case") {
    bm::HttpRequest request;
    CHECK_FALSE(bm::has_media_type(request, "application/json"));
    request.fields.add("Content-Type", "Application/JSON ; charset=utf-8");
    CHECK(bm::has_media_type(request, "application/json"));
    request.fields.add("Content-Type", "application/json");
    CHECK_FALSE(bm::has_media_type(request, "application/json"));
}
