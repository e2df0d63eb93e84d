#include "tests/support/wire_check.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using bm::test::WireCheck;
using Json = WireCheck::Json;

namespace {

/// A check of a session at `revision`, ready for the next request.
WireCheck session(const std::string& revision) {
    WireCheck check;
    check.sent(
        R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"x"}})");
    check.received({{"jsonrpc", "2.0"},
                    {"id", 0},
                    {"result",
                     {{"protocolVersion", revision},
                      {"capabilities", Json::object()},
                      {"serverInfo", {{"name", "x"}, {"version", "1"}}}}}});
    return check;
}

bool accepts(WireCheck check, const char* asked, const char* answered) {
    check.sent(asked);
    check.received(Json::parse(answered));
    return check.violations().empty();
}

constexpr const char* ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
constexpr const char* call =
    R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}})";

}  // namespace

TEST_CASE("the wire check accepts what fits the session's revision") {
    CHECK(accepts(session("2025-11-25"), ping, R"({"jsonrpc":"2.0","id":1,"result":{}})"));
    CHECK(accepts(session("2025-06-18"), call,
                  R"({"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{}}})"));
    CHECK(accepts(session("2025-06-18"), "garbage",
                  R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}})"));
    CHECK(accepts(session("2025-11-25"), "garbage",
                  R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"x"}})"));
    CHECK(accepts(session("2025-03-26"), "[]",
                  R"([{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"x"}}])"));
}

TEST_CASE("the wire check objects to what does not") {
    struct Case {
        const char* revision;
        const char* asked;
        const char* answered;
    };
    for (
        const Case& c : std::vector<Case>{
            {"2025-11-25", ping, R"({"jsonrpc":"2.0","id":2,"result":{}})"},
            {"2025-11-25", ping, R"({"jsonrpc":"2.0","id":"1","result":{}})"},
            {"2025-11-25", ping, R"({"id":1,"result":{}})"},
            {"2025-11-25", call, R"({"jsonrpc":"2.0","id":1,"result":{}})"},
            {"2025-03-26", call,
             R"({"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{}}})"},
            {"2025-11-25", call,
             R"({"jsonrpc":"2.0","id":1,"result":{"content":[],"resultType":"complete"}})"},
            {"2025-11-25", "x", R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}})"},
            {"2025-06-18", "x", R"({"jsonrpc":"2.0","error":{"code":1,"message":"x"}})"},
            {"2025-06-18", "x", R"([{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}])"},
            {"2025-06-18", "x", R"({"jsonrpc":"2.0","method":"notifications/nonesuch"})"},
            {"2025-06-18", "x", R"({"jsonrpc":"2.0","id":5,"method":"ping"})"},
            {"2024-11-05", "x",
             R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}})"},
            {"2025-06-18", "x",
             R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"loud","data":1}})"},
        }) {
        CAPTURE(c.revision);
        CAPTURE(c.answered);
        CHECK_FALSE(accepts(session(c.revision), c.asked, c.answered));
    }
}

TEST_CASE("the wire check lets nobody answer a request twice") {
    WireCheck check = session("2025-11-25");
    check.sent(ping);
    check.received(Json::parse(R"({"jsonrpc":"2.0","id":1,"result":{}})"));
    CHECK(check.violations().empty());
    check.received(Json::parse(R"({"jsonrpc":"2.0","id":1,"result":{}})"));
    CHECK(check.violations().size() == 1);
}

TEST_CASE("the wire check knows a modern request by its metadata") {
    const char* asked =
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})";
    CHECK(accepts(
        session("2024-11-05"), asked,
        R"({"jsonrpc":"2.0","id":1,"result":{"content":[],"resultType":"complete","structuredContent":[1]}})"));
    CHECK_FALSE(accepts(session("2024-11-05"), asked,
                        R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})"));
}

TEST_CASE("the wire check lets nobody answer a cancelled request") {
    WireCheck check = session("2025-11-25");
    check.sent(call);
    check.sent(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
    check.sent(ping);
    check.received(Json::parse(R"({"jsonrpc":"2.0","id":1,"result":{}})"));
    CHECK(check.violations().empty());
    check.received(Json::parse(R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})"));
    CHECK(check.violations().size() == 1);
}
