#include "server/dispatcher.hpp"

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/fixture_catalog.hpp"
#include "tests/support/recording_sinks.hpp"

using bm::Dispatcher;
using bm::Json;

namespace {

/// The dispatcher over the fixture catalog, called without any transport.
struct Dispatching {
    bm::Outcome call(std::string_view name, const Json& params = Json::object(),
                     const char* version = "2025-11-25") {
        const auto& policy = *bm::find_revision(version);
        const auto method = dispatcher.find(name, policy);
        if (!method) return method.error();
        bm::RequestMeta meta;
        meta.log_threshold = bm::Severity::debug;
        bm::Emitter emitter(sink, policy, nullptr, meta, std::stop_token(), bm::steady_now);
        bm::RequestContext context{policy, params, meta, nullptr, emitter, std::stop_token()};
        return dispatcher.dispatch(**method, context);
    }

    bm::test::FixtureCatalog fixture;
    bm::test::RecordingSink sink;
    std::vector<std::string> log;
    Dispatcher dispatcher{
        fixture.catalog(), {}, 100, [this](bm::Severity severity, std::string_view line) {
            log.push_back(std::string(bm::severity_name(severity)) + ": " + std::string(line));
        }};
};

}  // namespace

TEST_CASE("each era knows its methods") {
    const Dispatching dispatching;
    const std::set<std::string> both = {
        "tools/list",     "tools/call",   "resources/list", "resources/templates/list",
        "resources/read", "prompts/list", "prompts/get",    "completion/complete"};
    const std::set<std::string> legacy = {"initialize", "ping", "logging/setLevel",
                                          "resources/subscribe", "resources/unsubscribe"};
    const std::set<std::string> modern = {"server/discover", "subscriptions/listen"};
    const std::set<std::string> none = {
        "tasks/get", "tasks/list", "sampling/createMessage",   "roots/list",
        "",          "TOOLS/LIST", "notifications/initialized"};
    for (const auto& revision : bm::revisions()) {
        const auto known = [&](const std::string& name) {
            return dispatching.dispatcher.find(name, revision).has_value();
        };
        CAPTURE(revision.version);
        for (const auto& name : both) CHECK(known(name));
        for (const auto& name : legacy) CHECK(known(name) == !revision.modern);
        for (const auto& name : modern) CHECK(known(name) == revision.modern);
        for (const auto& name : none) CHECK_FALSE(known(name));
    }
}

TEST_CASE("calls that change nothing and ask nobody compute; the others wait") {
    const Dispatching dispatching;
    const auto& policy = *bm::find_revision("2025-11-25");
    const auto computes = [&](const char* method, const Json& params) {
        return dispatching.dispatcher.computes(**dispatching.dispatcher.find(method, policy),
                                               params);
    };
    CHECK(computes("tools/call", {{"name", "hello"}}));  // says that it only reads
    CHECK_FALSE(computes("tools/call", {{"name", "open_gate"}}));
    CHECK(computes("tools/call", {{"name", "none such"}}));
    CHECK(computes("tools/call", Json::object()));
    CHECK(computes("resources/read", {{"uri", "fixture://notes"}}));
    CHECK_FALSE(computes("prompts/get", {{"name", "greet"}}));
}

TEST_CASE("methods behind a capability that is not offered are not found") {
    const bm::Catalog catalog = bm::test::empty_catalog();
    const Dispatcher dispatcher(catalog, {}, 100, nullptr);
    for (const char* name : {"tools/list", "tools/call", "prompts/list", "prompts/get",
                             "resources/list", "resources/read", "resources/templates/list",
                             "resources/subscribe", "completion/complete"}) {
        CAPTURE(name);
        const auto method = dispatcher.find(name, *bm::find_revision("2025-11-25"));
        REQUIRE_FALSE(method);
        CHECK(method.error().code == -32601);
    }
    CHECK_FALSE(dispatcher.find("subscriptions/listen", *bm::find_revision("2026-07-28")));
    CHECK(dispatcher.find("server/discover", *bm::find_revision("2026-07-28")));
}

TEST_CASE("an exception becomes a neutral error and its details go to the log only") {
    Dispatching dispatching;
    for (const char* tool : {"throw", "throw_odd"}) {
        const auto outcome = dispatching.call("tools/call", {{"name", tool}}, "2026-07-28");
        REQUIRE(std::holds_alternative<bm::ProtocolError>(outcome));
        CHECK(std::get<bm::ProtocolError>(outcome).code == -32603);
        CHECK(std::get<bm::ProtocolError>(outcome).message.find("secret") == std::string::npos);
    }
    REQUIRE(dispatching.log.size() == 2);
    CHECK(dispatching.log[0] == "error: tools/call throw failed: the secret reason");
    for (const Json& message : dispatching.sink.messages()) {
        CHECK(message.dump().find("secret") == std::string::npos);
    }
    CHECK(std::get<bm::ProtocolError>(dispatching.call("prompts/get", {{"name", "broken"}})).code ==
          -32603);
}

TEST_CASE("a modern result is complete and a legacy one is bare") {
    Dispatching dispatching;
    const auto modern =
        std::get<Json>(dispatching.call("tools/list", Json::object(), "2026-07-28"));
    CHECK(modern["resultType"] == "complete");
    CHECK(modern["ttlMs"] == 300000);
    CHECK(modern["cacheScope"] == "public");
    CHECK(modern["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "Fixture");
    const auto legacy = std::get<Json>(dispatching.call("tools/list"));
    CHECK(legacy.size() == 1);
}

TEST_CASE("cache hints stand exactly where the modern revision wants them") {
    Dispatching dispatching;
    const auto hint = [&](const char* name, const Json& params = Json::object()) {
        const auto result = std::get<Json>(dispatching.call(name, params, "2026-07-28"));
        return result.contains("ttlMs")
                   ? result["cacheScope"].get<std::string>() + " " + result["ttlMs"].dump()
                   : "none";
    };
    CHECK(hint("server/discover") == "public 300000");
    CHECK(hint("tools/list") == "public 300000");
    CHECK(hint("prompts/list") == "public 300000");
    CHECK(hint("resources/templates/list") == "public 300000");
    CHECK(hint("resources/list") == "private 5000");
    CHECK(hint("resources/read", {{"uri", "fixture://guide"}}) == "private 0");
    CHECK(hint("tools/call", {{"name", "hello"}}) == "none");
    CHECK(hint("prompts/get", {{"name", "bare"}}) == "none");
}

TEST_CASE("a handshake and a subscription are left to the transport") {
    Dispatching dispatching;
    const auto opening = dispatching.call("initialize", {{"protocolVersion", "2025-03-26"}});
    REQUIRE(std::holds_alternative<bm::Opening>(opening));
    CHECK(std::get<bm::Opening>(opening).policy->version == "2025-03-26");
    const auto listening = dispatching.call(
        "subscriptions/listen", {{"notifications", {{"toolsListChanged", true}}}}, "2026-07-28");
    REQUIRE(std::holds_alternative<bm::Listening>(listening));
    CHECK(std::get<bm::Listening>(listening).filter.tools_list);
}

TEST_CASE("what discovery and the handshake say agrees with what is answered") {
    Dispatching dispatching;
    const auto discovered = std::get<Json>(dispatching.call("server/discover", {}, "2026-07-28"));
    CHECK(discovered["supportedVersions"] == Json{"2026-07-28"});
    CHECK(discovered["instructions"] == "Call hello first.");
    const auto opened =
        std::get<bm::Opening>(dispatching.call("initialize", {{"protocolVersion", "2025-11-25"}}))
            .result;
    CHECK(opened["instructions"] == "Call hello first.");
    CHECK(opened["capabilities"] == discovered["capabilities"]);
    for (const char* name : {"tools", "prompts", "resources"}) {
        CHECK(discovered["capabilities"].contains(name));
        CHECK(std::holds_alternative<Json>(
            dispatching.call(std::string(name) + "/list", Json::object(), "2026-07-28")));
    }
}
