// Replays the scenarios of vectors/tools.json: lists of tool calls, each list on a fresh and empty
// project.

#include <fstream>

#include <doctest/doctest.h>

#include "markdown/text.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

Json scenarios() {
    std::ifstream in("vectors/tools.json");
    REQUIRE(in.is_open());
    return Json::parse(in);
}

std::string filled_in(std::string_view text, const TemporaryKnowledgeBase& base) {
    return replace_all(replace_all(text, "$PROJECT", "test-project"), "$TMP",
                       base.scratch().string());
}

void check_step(TemporaryKnowledgeBase& base, const Json& step) {
    const std::string arguments = filled_in(step.at("arguments").dump(), base);
    CAPTURE(arguments);
    const ToolReply reply = base.reply(step.at("tool").get<std::string>(), Json::parse(arguments));
    const std::string text = TemporaryKnowledgeBase::text_of(reply);
    CAPTURE(text);
    CHECK(reply.is_error == step.value("expect_error", false));
    for (const auto& part : step.value("expect_contains", Json::array())) {
        const std::string wanted = filled_in(part.get<std::string>(), base);
        CAPTURE(wanted);
        CHECK(text.find(wanted) != std::string::npos);
    }
    for (const auto& part : step.value("expect_not_contains", Json::array())) {
        const std::string unwanted = filled_in(part.get<std::string>(), base);
        CAPTURE(unwanted);
        CHECK(text.find(unwanted) == std::string::npos);
    }
}

TEST_CASE("every scenario gives the results that clients rely on") {
    for (const auto& scenario : scenarios()) {
        const Json& first = scenario.at(0);
        const std::string name = first.at("scenario").get<std::string>();
        CAPTURE(name);
        TemporaryKnowledgeBase::Options options;
        options.config = first.value("config", Json::object());
        const Json env = first.value("env", Json::object());
        if (env.contains("BASIC_MEMORY_MCP_PROJECT")) {
            options.constraint = env.at("BASIC_MEMORY_MCP_PROJECT").get<std::string>();
        }
        TemporaryKnowledgeBase base(options);
        for (const auto& step : scenario) {
            // Tools that this server does not have are left out of the replay.
            if (base.has_tool(step.at("tool").get<std::string>())) check_step(base, step);
        }
    }
}

}  // namespace
}  // namespace bm
