#include "server/json_rpc.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using bm::Json;
using bm::read_message;
using bm::RequestId;

namespace {

template <class Kind>
Kind read_as(std::string_view text) {
    CAPTURE(text);
    auto message = read_message(text);
    REQUIRE(std::holds_alternative<Kind>(message));
    return std::get<Kind>(std::move(message));
}

}  // namespace

TEST_CASE("an id is a string or a whole number of 64 bits and comes back as it was") {
    for (const char* text :
         {"0", "1", "-1", "1732400000123", "9223372036854775807", "18446744073709551615",
          "-9223372036854775808", "\"1\"", "\"\"", "\"ü\""}) {
        CAPTURE(text);
        const auto id = RequestId::from(Json::parse(text));
        REQUIRE(id);
        CHECK(id->json().dump() == text);
    }
    for (const char* text : {"null", "1.5", "1.0", "true", "[]", "{}", "18446744073709551616"}) {
        CAPTURE(text);
        CHECK_FALSE(RequestId::from(Json::parse(text)));
    }
}

TEST_CASE("ids of different types are different and equal ids are equal however built") {
    CHECK(*RequestId::from(1) != *RequestId::from("1"));
    CHECK(*RequestId::from(Json(std::int64_t{5})) == *RequestId::from(Json(std::uint64_t{5})));
    CHECK(*RequestId::from(-1) != *RequestId::from(18446744073709551615U));
}

TEST_CASE("a request has an id and a method and an object of parameters") {
    const auto request = read_as<bm::Request>(
        R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"x"}})");
    CHECK(request.id == *RequestId::from("a"));
    CHECK(request.method == "tools/call");
    CHECK(request.params == Json{{"name", "x"}});
    for (const char* text :
         {R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
          R"({"jsonrpc":"2.0","id":1,"method":"ping","params":null})",
          R"({"params":{},"method":"ping","id":1,"jsonrpc":"2.0","extra":true})"}) {
        CHECK(read_as<bm::Request>(text).params == Json::object());
    }
}

TEST_CASE("what has a method and no id is a notification") {
    const auto one = read_as<bm::Notification>(
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
    CHECK(one.method == "notifications/cancelled");
    CHECK(one.params == Json{{"requestId", 1}});
}

TEST_CASE("what has a result or an error and no method is a response") {
    CHECK(read_as<bm::Response>(R"({"jsonrpc":"2.0","id":3,"result":{}})").id ==
          *RequestId::from(3));
    CHECK_FALSE(
        read_as<bm::Response>(R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}})")
            .id);
    CHECK_FALSE(read_as<bm::Response>(R"({"jsonrpc":"2.0","error":{"code":1,"message":"x"}})").id);
}

TEST_CASE("a malformed message says what is wrong and whose request it was") {
    struct Case {
        const char* text;
        int code;
        const char* id;  // as JSON; null: unknown
        bool wants_answer;
    };
    for (const Case& c : std::vector<Case>{
             {"{", -32700, nullptr, true},
             {"7", -32600, nullptr, true},
             {"{}", -32600, nullptr, true},
             {R"({"id":1})", -32600, "1", true},
             {R"({"id":"a","method":1,"jsonrpc":"2.0"})", -32600, "\"a\"", true},
             {R"({"id":2,"method":"x"})", -32600, "2", true},
             {R"({"id":2,"method":"x","jsonrpc":2.0})", -32600, "2", true},
             {R"({"id":2,"method":"x","jsonrpc":"2.0","params":[]})", -32600, "2", true},
             {R"({"id":null,"method":"x","jsonrpc":"2.0"})", -32600, nullptr, true},
             {R"({"id":1.5,"method":"x","jsonrpc":"2.0"})", -32600, nullptr, true},
             {R"({"method":"x"})", -32600, nullptr, false},
             {R"({"method":"x","jsonrpc":"2.0","params":"p"})", -32600, nullptr, false},
             {R"({"method":[],"jsonrpc":"2.0"})", -32600, nullptr, true},
             {R"({"method":7})", -32600, nullptr, true},
             {R"({"id":1,"result":{}})", -32600, nullptr, false},
             {"[]", -32600, nullptr, true},
         }) {
        CAPTURE(c.text);
        const auto malformed = read_as<bm::Malformed>(c.text);
        CHECK(malformed.error.code == c.code);
        CHECK(malformed.wants_answer == c.wants_answer);
        REQUIRE(malformed.id.has_value() == (c.id != nullptr));
        if (c.id != nullptr) CHECK(malformed.id->json() == Json::parse(c.id));
    }
}

TEST_CASE("a message beyond a limit is refused under its own id") {
    const auto malformed = std::get<bm::Malformed>(read_message(
        R"({"jsonrpc":"2.0","id":9,"method":"x","params":{"a":[[1]]}})", {.depth = 3}));
    CHECK(malformed.error.code == -32600);
    CHECK(malformed.error.message == "Invalid Request: nested deeper than 3 levels");
    CHECK(malformed.id == *RequestId::from(9));
}

TEST_CASE("a batch keeps its messages in order and has a limit") {
    const auto batch = read_as<bm::Batch>(
        R"([{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","method":"b"},3,[]])");
    REQUIRE(batch.messages.size() == 4);
    CHECK(std::holds_alternative<bm::Request>(batch.messages[0]));
    CHECK(std::holds_alternative<bm::Notification>(batch.messages[1]));
    CHECK(std::holds_alternative<bm::Malformed>(batch.messages[2]));
    CHECK(std::holds_alternative<bm::Malformed>(batch.messages[3]));

    std::string many = "[0";
    for (std::size_t i = 1; i < bm::max_batch_messages; ++i) many += ",0";
    CHECK(read_as<bm::Batch>(many + "]").messages.size() == bm::max_batch_messages);
    CHECK(read_as<bm::Malformed>(many + ",0]").error.code == -32600);
}

TEST_CASE("messages are written with their members in the usual order") {
    const auto id = *RequestId::from("x");
    CHECK(bm::result_message(id, {{"a", 1}}).dump() ==
          R"({"jsonrpc":"2.0","id":"x","result":{"a":1}})");
    CHECK(
        bm::error_message(id, {-32602, "No.", {{"uri", "u"}}}).dump() ==
        R"({"jsonrpc":"2.0","id":"x","error":{"code":-32602,"message":"No.","data":{"uri":"u"}}})");
    CHECK(bm::error_message(id, {-32602, "No."}).dump() ==
          R"({"jsonrpc":"2.0","id":"x","error":{"code":-32602,"message":"No."}})");
    CHECK(bm::notification_message("notifications/x", nullptr).dump() ==
          R"({"jsonrpc":"2.0","method":"notifications/x"})");
    CHECK(bm::notification_message("notifications/x", {{"a", 1}}).dump() ==
          R"({"jsonrpc":"2.0","method":"notifications/x","params":{"a":1}})");
}

TEST_CASE("an id that could not be read is left out or null") {
    const bm::ProtocolError error{-32700, "Parse error"};
    CHECK(bm::error_message(std::nullopt, error, bm::UnreadableId::left_out).dump() ==
          R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"}})");
    CHECK(bm::error_message(std::nullopt, error, bm::UnreadableId::null).dump() ==
          R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}})");
}
