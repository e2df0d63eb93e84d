#include "cloud/project_binding.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace bm {
namespace {

using nlohmann::json;

json bound(const char* method, json params) {
    const ProjectBinding binding("My Research");
    const json message = {
        {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}};
    const auto result = binding.bound(message.dump());
    CHECK(result.text.empty() != result.answer.empty());
    return json::parse(result.text.empty() ? result.answer : result.text);
}

TEST_CASE("a bound client works in its project whatever it says") {
    const json other = {{"project", "main"},
                        {"project_id", "7"},
                        {"workspace", "w"},
                        {"search_all_projects", true},
                        {"query", "x"}};
    const json wanted = {{"project", "My Research"}, {"query", "x"}};
    for (const char* tool : {"search_notes", "write_note", "a_tool_of_tomorrow"}) {
        CHECK(bound("tools/call", {{"name", tool}, {"arguments", other}})["params"]["arguments"] ==
              wanted);
    }
    const json alone = {{"project", "My Research"}};
    CHECK(bound("tools/call", {{"name", "recent_activity"}})["params"]["arguments"] == alone);
    CHECK(bound("tools/call",
                {{"name", "recent_activity"}, {"arguments", 5}})["params"]["arguments"] == alone);
    CHECK(bound("prompts/get", {{"name", "recent_activity"}})["params"]["arguments"] == alone);
    CHECK_FALSE(bound("tools/call", {{"name", "list_workspaces"}})["params"].contains("arguments"));
    for (const char* tool : {"create_memory_project", "delete_project", "search", "fetch"}) {
        CAPTURE(tool);
        CHECK(bound("tools/call", {{"name", tool}})["result"]["isError"] == true);
    }
    const json listed = bound("tools/call", {{"name", "list_memory_projects"}})["result"];
    CHECK(listed["isError"] == false);
    CHECK(listed["structuredContent"]["result"] == listed["content"][0]["text"]);
    CHECK(listed["content"][0]["text"].get<std::string>().starts_with("Project: My Research\n"));
    for (const char* prompt : {"continue_conversation", "search_knowledge_base", ""}) {
        CHECK(bound("prompts/get", {{"name", prompt}})["error"]["code"] == -32602);
    }
    CHECK(bound("completion/complete", json::object())["result"]["completion"]["values"].empty());
    const ProjectBinding binding("x");
    CHECK(json::parse(binding.bound("[]").answer)["error"]["code"] == -32600);
    CHECK(json::parse(binding.bound(R"({"a":NaN})").answer)["error"]["code"] == -32700);
    const std::string notice = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
    CHECK(json::parse(binding.bound(notice).text) == json::parse(notice));
    const std::string ping = R"({"id":1,"jsonrpc":"2.0","method":"ping"})";
    CHECK(json::parse(binding.bound(ping).text) == json::parse(ping));
}

TEST_CASE("a bound client reads the addresses of its project, and none that leads out of it") {
    for (const char* uri : {"memory://my-research/info", "memory://my-research/a/b",
                            "memory://ai_assistant_guide", "spec://canvas"}) {
        for (const char* method : {"resources/read", "resources/subscribe"}) {
            CHECK(bound(method, {{"uri", uri}})["params"]["uri"] == uri);
        }
    }
    for (const char* uri : {"memory://main/a", "memory://bread", "memory://my-research",
                            "memory://my-research2/a", "memory://my-research/../main/a",
                            "memory://my-research/%2E%2E/main/a", "memory://my-research/%2e./main",
                            "memory://my-research//main/a", "memory://my-research\\..\\main", ""}) {
        CAPTURE(uri);
        CHECK(bound("resources/read", {{"uri", uri}})["error"]["code"] == -32602);
        CHECK(bound("resources/subscribe", {{"uri", uri}})["error"]["code"] == -32602);
        CHECK(bound("subscriptions/listen",
                    {{"notifications", {{"resourceSubscriptions", {uri}}}}})["error"]["code"] ==
              -32602);
    }
}

}  // namespace
}  // namespace bm
