#include "server/json_document.hpp"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

using bm::DocumentLimits;
using bm::Json;
using bm::NotJson;
using bm::read_document;
using bm::TooMuch;

namespace {

Json json_of(std::string_view text, const DocumentLimits& limits = {}) {
    auto document = read_document(text, limits);
    REQUIRE(std::holds_alternative<Json>(document));
    return std::get<Json>(document);
}

std::string repeated(const std::string& part, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += part;
    return out;
}

}  // namespace

TEST_CASE("a document is read with its members in order and its numbers whole") {
    CHECK(json_of(R"( {"b":1,"a":[true,null,-2,1.5,"x\u00e9"],"c":{}} )").dump() ==
          R"({"b":1,"a":[true,null,-2,1.5,"xé"],"c":{}})");
    CHECK(json_of("18446744073709551615").get<std::uint64_t>() == 18446744073709551615U);
    CHECK(json_of("-9223372036854775808").get<std::int64_t>() == INT64_MIN);
    CHECK(json_of("\"\"") == "");
    CHECK(json_of("[]").is_array());
}

TEST_CASE("of two members with one name the last value counts in the first place") {
    CHECK(json_of(R"({"a":1,"b":2,"a":3})").dump() == R"({"a":3,"b":2})");
    CHECK(json_of(R"({"a":1,"a":2,"a":{"x":1,"x":2}})").dump() == R"({"a":{"x":2}})");
    CHECK(json_of(R"({"z":0,"y":1,"z":2,"y":3,"x":4})").dump() == R"({"z":2,"y":3,"x":4})");
}

TEST_CASE("what is not JSON in UTF-8 is said to be so") {
    for (const char* text : {"", " ", "{", "[1,]", "{\"a\":}", "tru", "1 2", "nan", "'a'",
                             "\"\xFF\"", "\"\xC3\"", "\"\xED\xA0\x80\"", "\"\xC0\x80\"",
                             "\"\\ud80\"", "1e", "{\"a\":1}}", "\"a\nb\"", "// c\n1"}) {
        CAPTURE(text);
        CHECK(std::holds_alternative<NotJson>(read_document(text)));
    }
    CHECK(std::holds_alternative<NotJson>(read_document(std::string_view("\"a\0b\"", 5))));
}

TEST_CASE("half of an escaped surrogate pair becomes a replacement character") {
    const auto text_of = [](const char* text) {
        CAPTURE(text);
        return json_of(text).get<std::string>();
    };
    CHECK(text_of(R"("cut \ud83d")") == "cut \xEF\xBF\xBD");
    CHECK(text_of(R"("\uDE00 cut")") == "\xEF\xBF\xBD cut");
    CHECK(text_of(R"("\ud83d\ud83d\ude00")") == "\xEF\xBF\xBD\xF0\x9F\x98\x80");
    CHECK(text_of(R"("\ude00\ud83d")") == "\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(text_of(R"("\ud83d\u0041")") ==
          "\xEF\xBF\xBD"
          "A");
    // An escaped backslash begins no escape of a character.
    CHECK(text_of(R"("\\ud83d \" \ud83d")") == "\\ud83d \" \xEF\xBF\xBD");
    CHECK(json_of(R"({"\ud83d":["\ud83d",1]})").dump() ==
          "{\"\xEF\xBF\xBD\":[\"\xEF\xBF\xBD\",1]}");
    CHECK(std::holds_alternative<NotJson>(read_document(R"("\ud83d" x)")));
    CHECK(std::holds_alternative<NotJson>(read_document(R"("\ud83d)")));
}

TEST_CASE("a number that no double holds is too much and its message keeps its id") {
    for (const char* text : {R"({"id":7,"params":{"n":1e400}})", R"({"params":[-1e999, 1],"id":7})",
                             R"({"id":7,"n":1e400,"t":"1e400 \ud83d"})"}) {
        CAPTURE(text);
        const auto document = read_document(text);
        REQUIRE(std::holds_alternative<TooMuch>(document));
        CHECK(std::get<TooMuch>(document).id == 7);
        CHECK(std::get<TooMuch>(document).reason == "a number beyond the range of a double");
    }
    CHECK(json_of("[1e-999, 1e308]").size() == 2);
    CHECK(std::holds_alternative<NotJson>(read_document("[1e400, +]")));
}

TEST_CASE("nesting is allowed up to the limit and not beyond") {
    const auto nested = [](std::size_t levels) {
        return repeated("[", levels) + repeated("]", levels);
    };
    CHECK(std::holds_alternative<Json>(read_document(nested(64))));
    CHECK(std::holds_alternative<TooMuch>(read_document(nested(65))));
    CHECK(std::holds_alternative<NotJson>(read_document(repeated("[", 65))));
    CHECK(std::holds_alternative<TooMuch>(read_document(nested(200'000))));
}

TEST_CASE("a NUL is no end of a document") {
    for (const std::string_view text :
         {std::string_view("{}\0", 3), std::string_view("{}\0garbage", 10),
          std::string_view("\0{}", 3), std::string_view("[1,\0 2]", 7),
          std::string_view("\"a\0b\"", 5)}) {
        CAPTURE(text);
        CHECK(std::holds_alternative<NotJson>(read_document(text)));
    }
    CHECK(json_of(R"("\u0000")").get_ref<const std::string&>() == std::string(1, '\0'));
}

TEST_CASE("a member named twice is refused in the metadata of a message and nowhere else") {
    const auto refused = [](std::string_view text) {
        const auto document = read_document(text);
        return std::holds_alternative<TooMuch>(document) ? std::get<TooMuch>(document).id : Json();
    };
    CHECK(refused(R"({"id":7,"params":{"_meta":{"a":1,"b":2,"a":1}}})") == 7);
    CHECK(refused(R"({"params":{"_meta":{"a":1,"a":2},"x":[1]},"id":"s"})") == "s");
    CHECK(std::holds_alternative<TooMuch>(
        read_document(R"([{"id":1,"params":{"_meta":{"a":1,"a":2}}}])")));
    CHECK(json_of(R"({"params":{"_meta":{"a":{"b":1,"b":2}}}})")["params"]["_meta"]["a"]["b"] == 2);
    CHECK(json_of(R"({"params":{"a":1,"a":2,"_meta":{}}})")["params"]["a"] == 2);
    CHECK(json_of(R"({"params":{"arguments":{"_meta":{"a":1,"a":2}}}})").is_object());
    CHECK(json_of(R"({"_meta":{"a":1,"a":2}})").is_object());
}

TEST_CASE("members and values are counted up to their limits") {
    const DocumentLimits limits{.depth = 8, .members = 3, .values = 6};
    CHECK(json_of(R"({"a":1,"b":2,"c":3})", limits).size() == 3);
    CHECK(std::holds_alternative<TooMuch>(read_document(R"({"a":1,"b":2,"c":3,"d":4})", limits)));
    CHECK(json_of("[1,2,3,4,5]", limits).size() == 5);
    CHECK(std::holds_alternative<TooMuch>(read_document("[1,2,3,4,5,6]", limits)));
    CHECK(std::holds_alternative<TooMuch>(read_document("[[],[],[],[],[],{}]", limits)));
}

TEST_CASE("a document beyond a limit still tells its outermost id") {
    const DocumentLimits limits{.depth = 3, .members = 3, .values = 8};
    const auto id_of = [&](std::string_view text) {
        CAPTURE(text);
        const auto document = read_document(text, limits);
        REQUIRE(std::holds_alternative<TooMuch>(document));
        return std::get<TooMuch>(document).id;
    };
    CHECK(id_of(R"({"id":7,"p":[[[[1]]]]})") == 7);
    CHECK(id_of(R"({"p":[[[[{"id":9}]]]],"id":"x"})") == "x");
    CHECK(id_of(R"({"p":[1,2,3,4,5,6,7,8,9],"id":-1})") == -1);
    CHECK(id_of(R"({"a":1,"b":2,"c":3,"id":4})") == 4);
    CHECK(id_of(R"({"a":[1,2,3,4,5,6],"id":5,"z":1})") == 5);
    CHECK(id_of(R"({"id":1,"p":[[[[1]]]],"id":2})") == 2);
    CHECK(id_of(R"({"p":[[[[1]]]],"id":{"id":3}})").is_null());
    CHECK(id_of(R"({"p":[[[[1]]]],"id":null})").is_null());
    CHECK(id_of(R"({"p":[[[[1]]]]})").is_null());
    CHECK(id_of(R"([{"id":3},[[[[1]]]]])").is_null());
    CHECK(id_of(R"({"p":[[[[1]]]],"q":{"id":3}})").is_null());
}

TEST_CASE("the reason for too much names the limit") {
    const auto reason_of = [](std::string_view text, const DocumentLimits& limits) {
        return std::get<TooMuch>(read_document(text, limits)).reason;
    };
    CHECK(reason_of("[[1]]", {.depth = 1}) == "nested deeper than 1 levels");
    CHECK(reason_of(R"({"a":1,"b":1})", {.members = 1}) == "more than 1 members in one object");
    CHECK(reason_of("[1,2]", {.values = 2}) == "more than 2 values");
}

TEST_CASE("objects with very many members are read in good time") {
    // Quadratic work would need minutes for these.
    std::string members;
    for (int i = 0; i < 9'999; ++i) members += "\"k" + std::to_string(i) + "\":0,";
    const std::string object = "{" + members + "\"z\":0}";
    std::string text = "[";
    for (int i = 0; i < 20; ++i) text += object + ",";
    text += "0]";
    CHECK(json_of(text).size() == 21);
    // A parent that grows around a large child.
    std::string nested = "\"" + std::string(1'000'000, 'x') + "\"";
    for (int i = 0; i < 60; ++i) nested = "{\"a\":" + nested + ",\"b\":1,\"c\":2,\"d\":3}";
    CHECK(json_of(nested).size() == 4);
}

TEST_CASE("compact text has no blanks and keeps what is not ASCII") {
    CHECK(bm::compact_text({{"a", nullptr}, {"ü", {1, "日本", true}}}) ==
          "{\"a\":null,\"ü\":[1,\"日本\",true]}");
    CHECK(bm::compact_text("a\xFFz") == "\"a\xEF\xBF\xBDz\"");
    CHECK(bm::compact_text("line\nend\x01") == "\"line\\nend\\u0001\"");
}
