#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace {

using bm::Json;
using bm::test::TemporaryKnowledgeBase;

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string everywhere(TemporaryKnowledgeBase& base, const Json& arguments) {
    const auto answer = base.reply("recent_activity", arguments);
    CHECK_FALSE(answer.is_error);
    return TemporaryKnowledgeBase::text_of(answer);
}

void add_project(TemporaryKnowledgeBase& base, const char* name) {
    base.reply("create_memory_project",
               {{"project_name", name}, {"project_path", (base.scratch() / name).string()}});
}

}  // namespace

TEST_CASE("recent_activity without a project looks everywhere") {
    TemporaryKnowledgeBase base;
    CHECK(everywhere(base, Json::object())
              .rfind("## Recent Activity Summary (7d)\n"
                     "\n"
                     "**Summary:** 0 active projects, 0 recent items\n"
                     "\n"
                     "────────────────────────────────────────\n"
                     "No recent activity found in any project.\n"
                     "Consider: ",
                     0) == 0);
    base.note("s", "Spec test one", "- [idea] walk more\n- rel [[Nowhere]]");
    CHECK(everywhere(base, Json::object()) ==
          "## Recent Activity Summary (7d)\n"
          "\n"
          "**Most Active Project:** test-project (3 items)\n"
          "- 🔧 **Latest:** Spec test one (just now)\n"
          "- 📋 **Focus areas:** s\n"
          "\n"
          "**Key Developments:**\n"
          "- 🧪 **Spec test one**\n"
          "\n"
          "**Summary:** 1 active projects, 3 recent items\n"
          "\n"
          "────────────────────────────────────────\n"
          "Suggested project: 'test-project' (most active with 3 items)\n"
          "Ask user: 'Should I use test-project for this task?'\n"
          "\n"
          "Session reminder: Remember their project choice throughout this conversation.");
}

TEST_CASE("recent_activity of one project groups what changed") {
    TemporaryKnowledgeBase base;
    base.note("s", "Spec test one", "- [idea] walk more\n- rel [[Nowhere]]");
    CHECK(base.text("recent_activity", {{"timeframe", "yesterday"}}) ==
          "## Recent Activity: test-project (1d)\n"
          "\n"
          "**📄 Recent Notes & Documents (1):**\n"
          "  • Spec test one (s)\n"
          "\n"
          "**🔍 Recent Observations (1):**\n"
          "  **idea:** 1 items\n"
          "    - walk more\n"
          "\n"
          "**🔗 Recent Connections (1):**\n"
          "  • [[Spec test one]] → rel → [Missing Link]\n"
          "\n"
          "**Activity Summary:** 3 items found\n"
          "Total available: 3");
}

TEST_CASE("recent_activity shows the kinds that were asked for") {
    TemporaryKnowledgeBase base;
    base.note("s", "Daily", "- [idea] walk more\n- links [[Nowhere]]");
    struct Case {
        Json type;
        bool notes;
        bool observations;
        bool connections;
    };
    const Case cases[] = {
        {"", true, true, true},
        {"Entity", true, false, false},
        {"observation", false, true, false},
        {Json::array({"relation"}), false, false, true},
        {Json::array({"entity", "OBSERVATION"}), true, true, false},
        {"entity,relation", true, false, true},
        {R"(["entity"])", true, false, false},
    };
    for (const auto& each : cases) {
        CAPTURE(each.type.dump());
        const auto text = base.text("recent_activity", {{"type", each.type}});
        CHECK(contains(text, "Notes & Documents (1)") == each.notes);
        CHECK(contains(text, "Observations (1)") == each.observations);
        CHECK(contains(text, "Connections (1)") == each.connections);
    }
    const auto wrong = base.call("recent_activity", {{"type", "note"}});
    CHECK(wrong.is_error);
    CHECK(base.text_of(wrong) ==
          "Error calling tool 'recent_activity': Invalid type: note. Valid types are: ['entity', "
          "'observation', 'relation']");
}

TEST_CASE("recent_activity prints its time frame in days") {
    TemporaryKnowledgeBase base;
    base.note("s", "Tf", "x");
    struct Case {
        const char* words;
        const char* heading;
    };
    const Case cases[] = {{"today", "(today)"},
                          {"yesterday", "(1d)"},
                          {"24h", "(1d)"},
                          {"2 weeks", "(14d)"},
                          {"7d", "(7d)"}};
    for (const auto& each : cases) {
        CAPTURE(each.words);
        const auto text = base.text("recent_activity", {{"timeframe", each.words}});
        CHECK(contains(text, each.heading));
        CHECK(contains(text, "Tf"));
    }
    for (const char* words : {"nonsense", "3 years ago"}) {
        CAPTURE(words);
        const auto answer = base.call("recent_activity", {{"timeframe", words}});
        CHECK(answer.is_error);
        CHECK(contains(base.text_of(answer), words == std::string("nonsense")
                                                 ? "Could not parse timeframe: nonsense"
                                                 : "Timeframe should be <= 1 year"));
    }
}

TEST_CASE("recent_activity leaves out what is older than its time frame") {
    TemporaryKnowledgeBase base;
    base.put_file("Old.md", "---\ncreated: 2020-01-01\nmodified: 2020-01-01\n---\nx");
    base.put_file("Edited.md", "---\ncreated: 2020-01-01\n---\nx");
    REQUIRE(
        bm::reconcile_project(base.knowledge(), *base.knowledge().find_project("test-project")));
    const auto text = base.text("recent_activity", Json::object());
    CHECK_FALSE(contains(text, "Old"));
    CHECK(contains(text, "Edited"));
}

TEST_CASE("recent_activity names the project as it is stored") {
    TemporaryKnowledgeBase base;
    CHECK(base.text("recent_activity", {{"project", "TEST PROJECT"}})
              .rfind("## Recent Activity: test-project (7d)\n", 0) == 0);
}

TEST_CASE("recent_activity of an empty project offers a first note") {
    TemporaryKnowledgeBase base;
    const auto text = base.text("recent_activity", Json::object());
    CHECK(text.rfind("## Recent Activity: test-project (7d)\n"
                     "\n"
                     "No recent activity found in 'test-project' project.\n",
                     0) == 0);
    CHECK(contains(text, "write_note(project=\"test-project\""));
}

TEST_CASE("recent_activity reads page by page for newer clients and counts everything") {
    TemporaryKnowledgeBase base;
    for (int i = 1; i <= 12; ++i) {
        base.note("p", "Note " + std::to_string(i), "- [fact] f");
    }
    const auto plain = base.text("recent_activity", Json::object());
    CHECK(contains(plain,
                   "**Activity Summary:** 10 items found\nTotal available: 24\n"
                   "Showing 10 items (page 1). Use page=2 to see more."));
    const auto paged = base.text("recent_activity", {{"page", 2}, {"page_size", 5}});
    CHECK(contains(paged, "Notes & Documents (5)"));
    CHECK_FALSE(contains(paged, "Observations"));
    CHECK(contains(paged, "Total available: 12\nShowing 5 items (page 2). Use page=3"));
    CHECK(contains(base.text("recent_activity", {{"page", 9}}), "Go back with page=8"));
    CHECK(base.text("recent_activity", {{"page", 0}}) ==
          "Error calling tool 'recent_activity': page must be >= 1, got 0");
    CHECK(base.call("recent_activity", {{"page_size", 101}}).is_error);
    CHECK_FALSE(base.call("recent_activity", {{"page_size", 100}}).is_error);
}

TEST_CASE("recent_activity gives rows to programs") {
    TemporaryKnowledgeBase base;
    base.note("s", "Rj", "- [fact] one");
    const auto rows = base.call("recent_activity", {{"output_format", "json"}}).value;
    REQUIRE(rows.is_array());
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["type"] == "entity");
    CHECK(rows[0]["title"] == "Rj");
    CHECK(rows[0]["permalink"] == "s/rj");
    CHECK(rows[0]["file_path"] == "s/Rj.md");
    CHECK(rows[0]["created_at"].is_string());
    CHECK_FALSE(rows[0].contains("project"));
    const auto observations =
        base.call("recent_activity", {{"output_format", "json"}, {"type", "observation"}}).value;
    CHECK(observations[0]["title"] == "fact: one...");
}

TEST_CASE("recent_activity merges the rows of all projects for programs") {
    TemporaryKnowledgeBase base;
    add_project(base, "other");
    base.note("n", "First", "x");
    base.call("write_note",
              {{"title", "Second"}, {"folder", "n"}, {"content", "x"}, {"project", "other"}});
    base.note("n", "Third", "x");
    const auto titles = [&](Json arguments) {
        std::vector<std::string> found;
        arguments["output_format"] = "json";
        const auto answer = base.reply("recent_activity", arguments).value;
        for (const auto& row : answer) {
            found.push_back(row["title"].get<std::string>() + " in " +
                            row["project"].get<std::string>());
        }
        return found;
    };
    using Found = std::vector<std::string>;
    CHECK(titles(Json::object()) ==
          Found{"Third in test-project", "Second in other", "First in test-project"});
    CHECK(titles({{"page", 2}, {"page_size", 2}}) == Found{"First in test-project"});
    CHECK(titles({{"page", 3}, {"page_size", 2}}).empty());
}

TEST_CASE("recent_activity of a bound server shows its project whatever is asked for") {
    TemporaryKnowledgeBase base(TemporaryKnowledgeBase::Options{Json::object(), "test-project"});
    CHECK(contains(everywhere(base, {{"project", "other"}}), "## Recent Activity: test-project"));
    CHECK(contains(everywhere(base, Json::object()), "## Recent Activity: test-project"));
}

TEST_CASE("recent_activity uses the default project when that is the mode") {
    TemporaryKnowledgeBase base(
        TemporaryKnowledgeBase::Options{Json{{"default_project_mode", true}}, std::nullopt});
    CHECK(contains(everywhere(base, Json::object()), "## Recent Activity: test-project (7d)"));
}
