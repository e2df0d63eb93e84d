// What the handlers of single methods make of their parameters; their encoding has tests of its
// own.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "server/dispatcher.hpp"
#include "server/fault_translation.hpp"
#include "tests/support/fixture_catalog.hpp"
#include "tests/support/recording_sinks.hpp"

using bm::Json;

namespace {

struct Calling {
    Json call(std::string_view name, const Json& params, const char* version = "2025-11-25") {
        const auto& policy = *bm::find_revision(version);
        const bm::RequestMeta meta;
        bm::Emitter emitter(sink, policy, &session, meta, std::stop_token(), bm::steady_now);
        bm::RequestContext context{policy, params, meta, &session, emitter, std::stop_token()};
        const auto outcome = dispatcher.dispatch(**dispatcher.find(name, policy), context);
        if (const auto* error = std::get_if<bm::ProtocolError>(&outcome)) {
            return {{"code", error->code}, {"message", error->message}, {"data", error->data}};
        }
        return std::get<Json>(outcome);
    }

    bm::test::FixtureCatalog fixture;
    bm::test::RecordingSink sink;
    bm::LegacySession session{*bm::find_revision("2025-11-25")};
    bm::Dispatcher dispatcher{fixture.catalog(), {}, 100, nullptr};
};

Json completion(Calling& calling, Json ref, Json argument, Json context = nullptr,
                const char* version = "2025-11-25") {
    Json params = {{"ref", std::move(ref)}, {"argument", std::move(argument)}};
    if (!context.is_null()) params["context"] = std::move(context);
    return calling.call("completion/complete", params, version);
}

const Json greet = {{"type", "ref/prompt"}, {"name", "greet"}};

}  // namespace

TEST_CASE("faults of the rooms below become codes in one place") {
    using bm::Fault;
    const auto code = [](Fault fault) { return bm::protocol_error({fault, "x"}, -32002).code; };
    CHECK(code(Fault::not_found) == -32002);
    for (const Fault fault :
         {Fault::invalid, Fault::conflict, Fault::ambiguous, Fault::forbidden}) {
        CHECK(code(fault) == -32602);
    }
    CHECK(code(Fault::unavailable) == -32603);
    CHECK(bm::protocol_error({Fault::invalid, "Why."}, 0, {{"uri", "u"}}).data ==
          Json{{"uri", "u"}});
}

TEST_CASE("a tool call may leave out its arguments or give null for them") {
    Calling calling;
    for (const Json& params :
         {Json{{"name", "mirror"}}, Json{{"name", "mirror"}, {"arguments", nullptr}},
          Json{{"name", "mirror"}, {"arguments", Json::object()}}}) {
        CHECK(calling.call("tools/call", params)["structuredContent"] == Json::object());
    }
}

TEST_CASE("what a stranger names is repeated up to two hundred characters") {
    std::string hostile;
    for (int i = 0; i < 1'000'000; ++i) hostile += "ü";
    std::string shown;
    for (int i = 0; i < 200; ++i) shown += "ü";
    shown += "...";
    CHECK(bm::clipped(std::string(200, 'x')) == std::string(200, 'x'));
    Calling calling;
    CHECK(calling.call("tools/call", {{"name", hostile}})["message"] == "Unknown tool: " + shown);
    CHECK(calling.call("prompts/get", {{"name", hostile}})["message"] ==
          "Unknown prompt: " + shown);
    CHECK(calling.call("logging/setLevel", {{"level", hostile}})["message"] ==
          "Unknown log level: " + shown);
    CHECK(completion(calling, {{"type", hostile}}, {{"name", "n"}, {"value", ""}})["message"] ==
          "Unknown kind of reference: " + shown);
    const std::string uri = "x:" + std::string(5000, 'y');
    const Json error = calling.call("resources/read", {{"uri", uri}});
    CHECK(error["message"].get<std::string>().size() < 300);
    CHECK(error["data"]["uri"] == uri.substr(0, 200) + "...");
    const auto unknown = calling.dispatcher.find(hostile, *bm::find_revision("2025-11-25"));
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().message == "Method not found: " + shown);
    const auto version =
        bm::claimed_revision({{"_meta",
                               {{bm::meta_key::version, hostile},
                                {bm::meta_key::client_capabilities, Json::object()}}}});
    REQUIRE_FALSE(version);
    CHECK(version.error().message == "Unsupported protocol version: " + shown);
    CHECK(version.error().data["requested"] == shown);
}

TEST_CASE("an unknown tool is an error and a failing one is a result") {
    Calling calling;
    CHECK(calling.call("tools/call", {{"name", "x"}})["code"] == -32602);
    CHECK(calling.call("tools/call", {{"name", "x"}})["message"] == "Unknown tool: x");
    CHECK(calling.call("tools/call", {{"name", "fail"}})["isError"] == true);
}

TEST_CASE("the first tool accepts no arguments and the first resource can be read") {
    Calling calling;
    const Json tools = calling.call("tools/list", Json::object());
    CHECK_FALSE(calling
                    .call("tools/call",
                          {{"name", tools["tools"][0]["name"]}, {"arguments", Json::object()}})
                    .contains("code"));
    const Json resources = calling.call("resources/list", Json::object());
    CHECK_FALSE(calling.call("resources/read", {{"uri", resources["resources"][0]["uri"]}})
                    .contains("code"));
}

TEST_CASE("lists have the same order every time") {
    Calling calling;
    for (const char* name :
         {"tools/list", "prompts/list", "resources/list", "resources/templates/list"}) {
        CHECK(calling.call(name, Json::object()).dump() ==
              calling.call(name, Json::object()).dump());
    }
}

TEST_CASE("a required prompt argument that is absent or empty is missed by name") {
    Calling calling;
    for (const Json& arguments :
         {Json(), Json::object(), Json{{"name", ""}}, Json{{"tone", "x"}}}) {
        const Json error =
            calling.call("prompts/get", {{"name", "greet"}, {"arguments", arguments}});
        CHECK(error["code"] == -32602);
        CHECK(error["message"] == "Missing required argument: name");
    }
    CHECK(
        calling
            .call("prompts/get", {{"name", "greet"}, {"arguments", {{"name", "Ada"}}}})["messages"]
            .dump() == R"([{"role":"user","content":{"type":"text","text":"Please greet Ada."}}])");
}

TEST_CASE("a URI reaches its resource byte for byte") {
    Calling calling;
    for (const char* name : {"a%2Fb", "a%20b", "A%c3%bc", "x?y#z", "..%2F..", "ü"}) {
        const std::string uri = std::string("fixture://notes/") + name;
        const Json contents = calling.call("resources/read", {{"uri", uri}})["contents"];
        CHECK(contents[0]["uri"] == uri);
        CHECK(contents[0]["text"] == std::string("# ") + name);
    }
}

TEST_CASE("a missing resource has the code of its era and names itself") {
    Calling calling;
    for (const auto& revision : bm::revisions()) {
        const Json error = calling.call("resources/read", {{"uri", "fixture://notes/missing"}},
                                        revision.version.data());
        CHECK(error["code"] == (revision.modern ? -32602 : -32002));
        CHECK(error["data"] == Json{{"uri", "fixture://notes/missing"}});
    }
}

TEST_CASE("a session can follow what does not exist yet but not without end") {
    Calling calling;
    CHECK(calling.call("resources/subscribe", {{"uri", "fixture://later"}}) == Json::object());
    CHECK(calling.session.follows("fixture://later"));
    CHECK(calling.call("resources/unsubscribe", {{"uri", "fixture://later"}}) == Json::object());
    CHECK_FALSE(calling.session.follows("fixture://later"));
    for (std::size_t i = 0; i < bm::LegacySession::max_followed; ++i) {
        REQUIRE(calling.session.follow("a:" + std::to_string(i), "key"));
    }
    CHECK(calling.call("resources/subscribe", {{"uri", "a:more"}})["code"] == -32602);
}

TEST_CASE("a log level must be one of the eight") {
    Calling calling;
    CHECK(calling.call("logging/setLevel", {{"level", "alert"}}) == Json::object());
    CHECK(calling.session.log_threshold() == bm::Severity::alert);
    for (const Json& level : {Json("loud"), Json(3), Json()}) {
        CHECK(calling.call("logging/setLevel", {{"level", level}})["code"] == -32602);
    }
    CHECK(calling.session.log_threshold() == bm::Severity::alert);
}

TEST_CASE("completions are cut at a hundred and say whether there are more") {
    Calling calling;
    const Json many = completion(calling, greet, {{"name", "name"}, {"value", ""}})["completion"];
    CHECK(many["values"].size() == 100);
    CHECK(many["total"] == 120);
    CHECK(many["hasMore"] == true);
    const Json few =
        completion(calling, greet, {{"name", "name"}, {"value", "name-11"}})["completion"];
    CHECK(few["total"] == 11);
    CHECK(few["hasMore"] == false);
    CHECK(completion(calling, greet, {{"name", "tone"}, {"value", "zz"}})["completion"].dump() ==
          R"({"values":[],"total":0,"hasMore":false})");
}

TEST_CASE("what was filled in already counts from the revision on that defines it") {
    Calling calling;
    for (const auto& revision : bm::revisions()) {
        const Json values = completion(calling, greet, {{"name", "tone"}, {"value", "w"}},
                                       {{"arguments", {{"name", "Ada"}}}},
                                       revision.version.data())["completion"]["values"];
        CHECK(values == Json::array({revision.completion_context ? "warmly to you" : "warmly"}));
    }
    CHECK(completion(calling, greet, {{"name", "tone"}, {"value", ""}},
                     {{"arguments", 3}})["code"] == -32602);
}

TEST_CASE("variables of a template are completed by their names") {
    Calling calling;
    const Json notes = {{"type", "ref/resource"}, {"uri", "fixture://notes/{name}"}};
    const Json plain = {{"type", "ref/resource"}, {"uri", "fixture://plain/{+path}{?from,to*}"}};
    CHECK(completion(calling, notes, {{"name", "name"}, {"value", "b"}})["completion"]["values"] ==
          Json::array({"beta"}));
    for (const char* variable : {"path", "from", "to"}) {
        CHECK(completion(calling, plain,
                         {{"name", variable}, {"value", ""}})["completion"]["values"] ==
              Json::array());
    }
    for (const char* variable : {"", "+path", "to*", "pa", "from,to"}) {
        CAPTURE(variable);
        CHECK(completion(calling, plain, {{"name", variable}, {"value", ""}})["code"] == -32602);
    }
}

TEST_CASE("completion refuses references and arguments that it does not know") {
    Calling calling;
    const Json argument = {{"name", "name"}, {"value", ""}};
    for (const Json& ref :
         {Json(), Json::object(), Json(3), Json{{"type", "ref/other"}},
          Json{{"type", "ref/prompt"}}, Json{{"type", "ref/prompt"}, {"name", "x"}},
          Json{{"type", "ref/resource"}, {"uri", "fixture://guide"}},
          Json{{"type", "ref/resource"}, {"uri", "fixture://other/{name}"}}}) {
        CAPTURE(ref.dump());
        CHECK(completion(calling, ref, argument)["code"] == -32602);
    }
    for (const Json& wrong :
         {Json(), Json{{"name", "name"}}, Json{{"value", ""}}, Json{{"name", "name"}, {"value", 1}},
          Json{{"name", "other"}, {"value", ""}}}) {
        CAPTURE(wrong.dump());
        CHECK(completion(calling, greet, wrong)["code"] == -32602);
    }
}
