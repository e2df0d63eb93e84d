// Calls that ask their client, through the dispatcher and with the fixtures of the suites.
#include "server/input_broker.hpp"

#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "server/dispatcher.hpp"
#include "tests/conformance/fixtures.hpp"
#include "tests/support/recording_sinks.hpp"

using namespace std::chrono_literals;
using bm::Json;

namespace {

const Json can_do_all = {
    {"elicitation", Json::object()}, {"sampling", Json::object()}, {"roots", Json::object()}};

struct Asking {
    bm::ChangeBus changes;
    bm::Catalog catalog{bm::conformance::all_fixtures(changes)};
    bm::Dispatcher dispatcher{catalog, {}, 100, nullptr, {.changes = &changes}};
    bm::test::RecordingSink sink;
    std::stop_source stop;

    Json run(const Json& params, const char* version, const Json& capabilities,
             bm::LegacySession* session, const char* method, const char* caller = "") {
        const auto& policy = *bm::find_revision(version);
        bm::RequestMeta meta;
        meta.client_capabilities = capabilities;
        bm::Emitter emitter(sink, policy, session, meta, stop.get_token(), bm::steady_now);
        const bm::Principal principal{.id = caller, .project = std::nullopt};
        bm::RequestContext context{policy,  params,           meta,      session,
                                   emitter, stop.get_token(), &principal};
        const auto outcome = dispatcher.dispatch(**dispatcher.find(method, policy), context);
        if (const auto* error = std::get_if<bm::ProtocolError>(&outcome)) {
            return {{"code", error->code}, {"message", error->message}, {"data", error->data}};
        }
        return std::get<Json>(outcome);
    }
    Json modern(const char* tool, Json more = Json::object(), const Json& abilities = can_do_all,
                const char* caller = "alice") {
        more["name"] = std::string("test_input_required_result_") + tool;
        return run(more, "2026-07-28", abilities, nullptr, "tools/call", caller);
    }
    Json legacy(const char* tool, bm::LegacySession* session, Json arguments = Json::object()) {
        return run({{"name", tool}, {"arguments", std::move(arguments)}}, "2025-11-25",
                   Json::object(), session, "tools/call");
    }
};

std::string text_of(const Json& result) { return result["content"][0]["text"]; }

Json accepted(const char* key, Json content) {
    return {{"inputResponses", {{key, {{"action", "accept"}, {"content", std::move(content)}}}}}};
}

/// Answers the requests of the server, one after the other.
std::jthread answering(Asking& asking, bm::LegacySession& session, std::vector<Json> answers) {
    return std::jthread([&asking, &session, answers = std::move(answers)] {
        std::size_t seen = 0;
        for (const Json& answer : answers) {
            const Json asked = asking.sink.wait_for(++seen).back();
            Json body = {{"jsonrpc", "2.0"}, {"id", asked["id"]}};
            body.update(answer);
            session.requests().on_response({bm::RequestId::from(asked["id"]), body});
        }
    });
}

}  // namespace

TEST_CASE("a modern client is answered with the questions and comes back with the answers") {
    Asking asking;
    const Json first = asking.modern("elicitation");
    CHECK(first["resultType"] == "input_required");
    CHECK(first["inputRequests"]["user_name"]["method"] == "elicitation/create");
    CHECK_FALSE(first.contains("requestState"));
    CHECK_FALSE(first.contains("content"));
    const Json second = asking.modern("elicitation", accepted("user_name", {{"name", "Ann"}}));
    CHECK(second["resultType"] == "complete");
    CHECK(text_of(second) == "Hello, Ann!");
}

TEST_CASE("declining and cancelling are answers") {
    Asking asking;
    for (const char* action : {"decline", "cancel"}) {
        const Json result = asking.modern(
            "elicitation", {{"inputResponses", {{"user_name", {{"action", action}}}}}});
        CHECK(text_of(result) == "Hello, whoever you are!");
    }
}

TEST_CASE("what is no answer is asked for again, and what has a wrong shape is refused") {
    Asking asking;
    const Json useless[] = {Json::object(),
                            {{"user_name", nullptr}},
                            {{"user_name", "Ann"}},
                            {{"user_name", Json::array()}},
                            {{"user_name", Json::object()}},
                            {{"user_name", {{"action", "accept"}}}},
                            {{"user_name", {{"action", "accept"}, {"content", 5}}}},
                            {{"user_name", {{"action", "accept"}, {"content", {{"name", 5}}}}}},
                            {{"user_name", {{"action", "dance"}}}},
                            {{"wrong_key", {{"action", "accept"}, {"content", {{"name", "x"}}}}}}};
    for (const Json& responses : useless) {
        CAPTURE(responses.dump());
        CHECK(asking.modern("elicitation", {{"inputResponses", responses}})["resultType"] ==
              "input_required");
    }
    for (const Json& wrong : {Json(5), Json(nullptr), Json("x"), Json::array()}) {
        CHECK(asking.modern("elicitation", {{"inputResponses", wrong}})["code"] == -32602);
    }
    Json extra = accepted("user_name", {{"name", "Ann"}});
    extra["inputResponses"]["more"] = {{"action", "accept"}};
    CHECK(text_of(asking.modern("elicitation", extra)) == "Hello, Ann!");
}

TEST_CASE("a state travels through the client, another in each round") {
    Asking asking;
    const Json first = asking.modern("multi_round");
    Json answer = accepted("step1", {{"name", "Ann"}});
    answer["requestState"] = first["requestState"];
    const Json second = asking.modern("multi_round", answer);
    CHECK(second["resultType"] == "input_required");
    CHECK(second["inputRequests"].contains("step2"));
    CHECK(second["requestState"] != first["requestState"]);
    answer = accepted("step2", {{"color", "red"}});
    answer["requestState"] = second["requestState"];
    CHECK(text_of(asking.modern("multi_round", answer)) == "Ann likes red");
}

TEST_CASE("a state that does not belong to the call is refused with its reason") {
    Asking asking;
    const std::string state = asking.modern("request_state")["requestState"];
    const auto refused = [](const Json& result) {
        return result.contains("code") && result["code"] == -32602 &&
               result["data"] == Json{{"reason", "invalid_request_state"}};
    };
    Json retry = accepted("confirm", {{"ok", true}});
    retry["requestState"] = state;
    CHECK(text_of(asking.modern("request_state", retry)) == "state-ok");
    CHECK(refused(asking.modern("tampered_state", retry)));
    CHECK(refused(asking.modern("request_state", retry, can_do_all, "bob")));
    Json other = retry;
    other["arguments"] = {{"other", true}};
    CHECK(refused(asking.modern("request_state", other)));
    for (const Json& broken : {Json(state + "-TAMPERED"), Json(""), Json(nullptr), Json(7)}) {
        retry["requestState"] = broken;
        CHECK(refused(asking.modern("request_state", retry)));
    }
}

TEST_CASE("nobody is asked for what he has not declared") {
    Asking asking;
    const Json sampling = {{"sampling", Json::object()}};
    const Json some = asking.modern("capabilities", Json::object(), sampling);
    CHECK(some["inputRequests"].size() == 1);
    CHECK(some["inputRequests"]["capital"]["method"] == "sampling/createMessage");
    const Json refused = asking.modern("elicitation", Json::object(), sampling);
    CHECK(refused["code"] == -32021);
    CHECK(refused["data"].dump() == R"({"requiredCapabilities":{"elicitation":{}}})");
}

TEST_CASE("a prompt may ask, too") {
    Asking asking;
    Json params = {{"name", "test_input_required_result_prompt"}};
    const Json first = asking.run(params, "2026-07-28", can_do_all, nullptr, "prompts/get");
    CHECK(first["resultType"] == "input_required");
    params.update(accepted("user_context", {{"context", "tea"}}));
    const Json second = asking.run(params, "2026-07-28", can_do_all, nullptr, "prompts/get");
    CHECK(second["messages"][0]["content"]["text"] == "Please keep in mind: tea");
    const Json legacy = asking.run({{"name", "test_input_required_result_prompt"}}, "2025-11-25",
                                   Json::object(), nullptr, "prompts/get");
    CHECK(legacy["code"] == -32602);
}

TEST_CASE("the client of a session is sent requests while the call waits") {
    Asking asking;
    bm::LegacySession session(*bm::find_revision("2025-11-25"), can_do_all);
    {
        const auto client = answering(
            asking, session,
            {{{"result",
               {{"role", "assistant"}, {"content", {{"type", "text"}, {"text", "Paris"}}}}}}});
        CHECK(text_of(asking.legacy("test_sampling", &session, {{"prompt", "Capital?"}})) ==
              "LLM response: Paris");
    }
    const Json asked = asking.sink.messages().front();
    CHECK(asked["method"] == "sampling/createMessage");
    CHECK(asked["params"]["messages"][0]["content"]["text"] == "Capital?");
}

TEST_CASE("a call of several rounds asks the client of a session again") {
    Asking asking;
    bm::LegacySession session(*bm::find_revision("2025-11-25"), can_do_all);
    const auto form = [](Json content) {
        return Json{{"result", {{"action", "accept"}, {"content", std::move(content)}}}};
    };
    const auto client =
        answering(asking, session, {form({{"name", "Ann"}}), form({{"color", "red"}})});
    CHECK(text_of(asking.legacy("test_input_required_result_multi_round", &session)) ==
          "Ann likes red");
}

TEST_CASE("the client of a session that cannot be asked or refuses gets an answer that says so") {
    Asking asking;
    const Json without_session = asking.legacy("test_sampling", nullptr);
    CHECK(without_session["isError"] == true);
    bm::LegacySession unable(*bm::find_revision("2025-11-25"));
    CHECK(asking.legacy("test_sampling", &unable)["isError"] == true);
    CHECK(asking.legacy("test_missing_capability", &unable)["isError"] == true);
    CHECK(asking.sink.messages().empty());
    bm::LegacySession session(*bm::find_revision("2025-11-25"), can_do_all);
    const auto client = answering(
        asking, session, {{{"error", {{"code", -1}, {"message", "User rejected sampling"}}}}});
    const Json refused = asking.legacy("test_sampling", &session);
    CHECK(refused["isError"] == true);
    CHECK(text_of(refused) == "The client refused to answer.");
}

TEST_CASE("a call that is cancelled while it waits takes its question back") {
    Asking asking;
    bm::LegacySession session(*bm::find_revision("2025-11-25"), can_do_all);
    std::jthread user([&] {
        asking.sink.wait_for(1);
        asking.stop.request_stop();
    });
    CHECK(asking.legacy("test_sampling", &session)["isError"] == true);
    const auto said = asking.sink.messages();
    REQUIRE(said.size() == 2);
    CHECK(said[1]["method"] == "notifications/cancelled");
    CHECK(said[1]["params"]["requestId"] == said[0]["id"]);
}
