#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"
#include "tools/all_prompts.hpp"
#include "tools/completion.hpp"

namespace {

using bm::Json;
using bm::PromptValues;
using bm::test::TemporaryKnowledgeBase;

bm::Prompt prompt_named(TemporaryKnowledgeBase& base, std::string_view name) {
    for (auto& prompt : bm::all_prompts(base.knowledge())) {
        if (prompt.name == name) {
            return prompt;
        }
    }
    throw std::logic_error("no such prompt");
}

std::string text(TemporaryKnowledgeBase& base, const char* name, const PromptValues& values) {
    const auto answer = prompt_named(base, name).run({}, values);
    REQUIRE(answer);
    return *answer;
}

bool contains(const std::string& whole, std::string_view part) {
    return whole.find(part) != std::string::npos;
}

void check_parts(const std::string& whole, const std::vector<const char*>& parts) {
    CAPTURE(whole);
    std::size_t at = 0;
    for (const char* part : parts) {
        CAPTURE(part);
        const auto found = whole.find(part, at);
        CHECK(found != std::string::npos);
        at = found == std::string::npos ? at : found;
    }
}

void add_project(TemporaryKnowledgeBase& base, const char* name) {
    base.reply("create_memory_project",
               {{"project_name", name}, {"project_path", (base.scratch() / name).string()}});
}

}  // namespace

TEST_CASE("prompts are described as clients know them") {
    TemporaryKnowledgeBase base;
    struct Case {
        const char* name;
        const char* description;
        std::vector<std::pair<const char*, bool>> arguments;
    };
    const std::vector<Case> cases = {
        {"continue_conversation",
         "Continue a previous conversation",
         {{"topic", false}, {"timeframe", false}}},
        {"recent_activity",
         "Recent activity of a project, or across all projects",
         {{"timeframe", false}, {"project", false}}},
        {"search_knowledge_base",
         "Search across all content in basic-memory",
         {{"query", true}, {"timeframe", false}}},
        {"getting_started",
         "Introduce Basic Memory and help the user create their first note",
         {{"project", false}}},
    };
    const auto prompts = bm::all_prompts(base.knowledge());
    REQUIRE(prompts.size() == cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
        CAPTURE(cases[i].name);
        CHECK(prompts[i].name == cases[i].name);
        CHECK(prompts[i].description == cases[i].description);
        CHECK_FALSE(prompts[i].title.empty());
        REQUIRE(prompts[i].arguments.size() == cases[i].arguments.size());
        for (std::size_t j = 0; j < prompts[i].arguments.size(); ++j) {
            CHECK(prompts[i].arguments[j].name == cases[i].arguments[j].first);
            CHECK(prompts[i].arguments[j].required == cases[i].arguments[j].second);
        }
    }
}

TEST_CASE("a conversation goes on from the notes about its topic") {
    TemporaryKnowledgeBase base;
    base.note("c", "Beans", "arabica");
    base.note("c", "Coffee Brewing",
              "All about \"coffee\" & water\n\n- [method] Pour slowly\n- needs [[Beans]]\n"
              "- needs [[Water]]");
    const auto answer = text(base, "continue_conversation", {{"topic", "coffee"}});
    CHECK(answer.rfind("# Continuing conversation on: coffee\n", 0) == 0);
    check_parts(answer, {"This is a memory retrieval session",
                         "Please use the available basic-memory tools",
                         "Start by executing one of the suggested commands",
                         "write_note()",
                         "<memory>\n--- memory://c/coffee-brewing\n",
                         "## Coffee Brewing\n",
                         "- **Type**: note\n",
                         "- **Created**: ",
                         "<excerpt>\nAll about \"coffee\" & water",
                         "</excerpt>\n",
                         "## Observations\n<observation>\n- [method] Pour slowly\n</observation>\n",
                         "read_note(\"c/coffee-brewing\")",
                         "## Related Context\n",
                         "title: Coffee Brewing → needs → Beans",
                         "title: Beans, read it with `read_note(\"c/beans\")`",
                         "</memory>",
                         "## Next Steps\n",
                         "search_notes(\"coffee\")",
                         "recent_activity(timeframe=\"7d\")",
                         "write_note(",
                         "## Knowledge Capture Recommendation\n"});
}

TEST_CASE("a conversation without a topic goes on from recent notes") {
    TemporaryKnowledgeBase base;
    base.note("c", "Yesterday", "x");
    const auto answer = text(base, "continue_conversation", {{"timeframe", "2 weeks"}});
    CHECK(answer.rfind("# Continuing conversation on: Recent Activity from (14d)\n", 0) == 0);
    check_parts(answer, {"memory://c/yesterday", "recent_activity(timeframe=\"14d\")"});
    CHECK(contains(text(base, "continue_conversation", {{"topic", ""}}),
                   "Recent Activity from (7d)"));
}

TEST_CASE("a conversation about something unknown offers to write it down") {
    TemporaryKnowledgeBase base;
    check_parts(text(base, "continue_conversation", {{"topic", "Quantum Tea"}}),
                {"# Continuing conversation on: Quantum Tea\n",
                 "The supplied query did not return any information specifically on this topic.\n",
                 "## Opportunity to Capture New Knowledge!\n", "write_note(\n",
                 "title=\"Quantum Tea\"", "## Next Steps\n"});
}

TEST_CASE("a search prompt lists the five best results") {
    TemporaryKnowledgeBase base;
    for (int i = 1; i <= 6; ++i) {
        base.note("s", "Note " + std::to_string(i), "cheese");
    }
    const auto answer =
        text(base, "search_knowledge_base", {{"query", "cheese"}, {"timeframe", "2 weeks"}});
    CHECK(answer.rfind("# Search Results for: \"cheese\" (after 14d)\n", 0) == 0);
    check_parts(
        answer,
        {"I found 6 result(s) that match your query.\n", "## 1. Note ", "- **Type**: entity\n",
         "- **Created**: ", "- **Relevance Score**: -", "- **Excerpt**: cheese\n",
         "You can view this content with: `read_note(\"s/note-", "build_context(\"memory://s/note-",
         "## 5. Note ", "## Next Steps\n", "## Synthesize and Capture Knowledge\n", "write_note("});
    CHECK_FALSE(contains(answer, "## 6."));
}

TEST_CASE("a search prompt that finds nothing offers to write it down") {
    TemporaryKnowledgeBase base;
    const auto answer = text(base, "search_knowledge_base", {{"query", "zilch"}});
    CHECK(answer.rfind("# Search Results for: \"zilch\"\n", 0) == 0);
    check_parts(answer, {"I couldn't find any results for this query.\n",
                         "## Opportunity to Capture Knowledge!\n", "write_note("});
}

TEST_CASE("recent activity of one project is embedded in its prompt") {
    TemporaryKnowledgeBase base;
    base.note("s", "Daily", "x");
    const auto answer =
        text(base, "recent_activity", {{"project", "Test Project"}, {"timeframe", "yesterday"}});
    check_parts(answer, {"Recent Activity in test-project (1d)", "# Recent Activity Context\n",
                         "## Recent Activity: test-project (1d)\n", "  • Daily (s)\n",
                         "## Next Steps\n", "Opportunity to Capture Activity Summary",
                         "recent activity in test-project", "write_note("});
}

TEST_CASE("recent activity across projects names the active ones") {
    TemporaryKnowledgeBase base;
    add_project(base, "quiet");
    base.note("s", "Daily", "x");
    const auto answer = text(base, "recent_activity", {});
    check_parts(answer, {"Recent Activity Across All Projects (7d)",
                         "- **test-project**: 1 items\n", "## Recent Activity Summary (7d)\n",
                         "Cross-Project Activity Discovery", "write_note("});
    CHECK_FALSE(contains(answer, "**quiet**"));
    CHECK_FALSE(contains(answer, "Unknown"));
}

TEST_CASE("the first steps are taken in the only project there is") {
    TemporaryKnowledgeBase base;
    check_parts(text(base, "getting_started", {}),
                {"# Getting started with Basic Memory\n", "project=\"test-project\"",
                 "## Recent Activity: test-project (30d)\n", "Markdown", "offer",
                 "only after the user agrees", "write_note(\n    project=\"test-project\""});
}

TEST_CASE("the first step with several projects is to choose one") {
    TemporaryKnowledgeBase base;
    add_project(base, "other");
    check_parts(text(base, "getting_started", {}),
                {"# Choose a Basic Memory project\n", "pass `project=\"test-project\"`",
                 "pass `project=\"other\"`", "Do not read or write any notes before"});
    CHECK(contains(text(base, "getting_started", {{"project", "other"}}),
                   "## Recent Activity: other (30d)"));
}

TEST_CASE("prompts of a bound server stay in its project") {
    TemporaryKnowledgeBase base(TemporaryKnowledgeBase::Options{Json::object(), "test-project"});
    base.note("s", "Daily", "marker");
    CHECK(contains(text(base, "recent_activity", {{"project", "other"}}),
                   "Recent Activity in test-project"));
    CHECK(contains(text(base, "getting_started", {}), "Recent Activity: test-project"));
    CHECK(contains(text(base, "continue_conversation", {{"topic", "marker"}}), "memory://s/daily"));
}

TEST_CASE("prompts refuse what they cannot read") {
    TemporaryKnowledgeBase base;
    const auto problem = [&](const char* name, const PromptValues& values) {
        const auto answer = prompt_named(base, name).run({}, values);
        REQUIRE_FALSE(answer);
        return answer.error().message;
    };
    CHECK(problem("recent_activity", {{"timeframe", "nonsense"}}) ==
          "Could not parse timeframe: nonsense");
    CHECK(problem("continue_conversation", {{"timeframe", "nonsense"}}) ==
          "Could not parse timeframe: nonsense");
    CHECK(contains(problem("getting_started", {{"project", "nope"}}), "'nope' does not exist"));
}

TEST_CASE("arguments of prompts are completed") {
    TemporaryKnowledgeBase base;
    add_project(base, "other");
    base.note("n", "Garden Plan", "x");
    base.note("n", "Garden Tools", "x");
    base.note("n", "Kitchen", "garden");
    const auto complete = [&](const char* prompt, const char* argument, const char* typed) {
        auto values = prompt_named(base, prompt).complete(argument, typed, {}).value();
        std::sort(values.begin(), values.end());
        return values;
    };
    using Values = std::vector<std::string>;
    CHECK(complete("continue_conversation", "topic", "gard") ==
          Values{"Garden Plan", "Garden Tools"});
    CHECK(complete("continue_conversation", "topic", "garden pl") == Values{"Garden Plan"});
    CHECK(complete("continue_conversation", "topic", "").size() == 3);
    CHECK(complete("search_knowledge_base", "query", "kit") == Values{"Kitchen"});
    CHECK(complete("recent_activity", "timeframe", "2") == Values{"2 weeks", "24h"});
    CHECK(complete("recent_activity", "project", "OTH") == Values{"other"});
    CHECK(complete("getting_started", "project", "") == Values{"other", "test-project"});
    CHECK(complete("getting_started", "nonsense", "").empty());
}

TEST_CASE("what starts as typed comes before what contains it and a hundred values are enough") {
    using Values = std::vector<std::string>;
    CHECK(bm::fitting({"main", "domain", "Maintenance", "x"}, "MAIN") ==
          Values{"main", "Maintenance", "domain"});
    CHECK(bm::fitting({}, "x").empty());
    Values many;
    for (int i = 0; i < 150; ++i) {
        many.push_back("p" + std::to_string(i));
    }
    CHECK(bm::fitting(many, "p").size() == 100);
}
