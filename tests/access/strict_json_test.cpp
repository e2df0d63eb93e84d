#include "access/strict_json.hpp"

#include <doctest/doctest.h>

TEST_CASE("an object is read, and nothing that two readers could read differently") {
    const auto object = bm::strict_object(R"({"a":"x","l":["p","q"],"n":1,"o":{"a":2}})", 1000);
    REQUIRE(object);
    CHECK(bm::string_member(*object, "a") == "x");
    CHECK_FALSE(bm::string_member(*object, "n"));
    CHECK_FALSE(bm::string_member(*object, "missing"));
    CHECK(bm::strings_member(*object, "l") == std::vector<std::string>{"p", "q"});
    CHECK_FALSE(bm::strings_member(*object, "a"));
    for (const char* bad :
         {"", "[]", "1", "null", "{", "{} x", R"({"a":1,"a":2})", R"({"o":{"a":1,"a":2}})",
          R"({"a":1,"\u0061":2})", "{\"a\":\"\xff\"}", "{'a':1}"}) {
        CAPTURE(bad);
        CHECK_FALSE(bm::strict_object(bad, 1000));
    }
    CHECK_FALSE(bm::strict_object(R"({"a":1})", 6));
    CHECK(bm::strict_object(R"({"a":1})", 7));
    CHECK(bm::strict_object("{\"a\":[{\"b\":1},{\"b\":2}]}", 100));
    CHECK_FALSE(bm::strict_object(std::string("{}\0", 3), 100));
}

TEST_CASE("depth and number of values have an end") {
    const auto deep = [](std::size_t levels) {
        return "{\"a\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
    };
    CHECK(bm::strict_object(deep(10), 1'000'000));
    CHECK_FALSE(bm::strict_object(deep(17), 1'000'000));
    CHECK_FALSE(bm::strict_object(deep(400'000), 1'000'000));
    std::string many = "{\"a\":[0";
    for (int i = 0; i < 1000; ++i) many += ",0";
    CHECK_FALSE(bm::strict_object(many + "]}", 1'000'000));
}

TEST_CASE("text of a value never throws") {
    CHECK(bm::json_text(bm::Json("a\xff")) == "\"a\xef\xbf\xbd\"");
}
