#include "tools/activity_report.hpp"

#include <doctest/doctest.h>

#include "tests/tools/sample_rows.hpp"

namespace {

using bm::test::row_of;
using bm::test::sample_edge;
using bm::test::sample_edge_to_nowhere;
using bm::test::sample_note;
using bm::test::sample_observation;
using bm::test::sample_project;

bm::ActivityQuery week() {
    bm::ActivityQuery query;
    query.timeframe = "7d";
    return query;
}

bm::ProjectActivity one_of_each() {
    const auto note = sample_note(1, "Spec test one", "s/Spec test one.md", "s/spec-test-one");
    return {sample_project(1, "test-project"),
            {{row_of(note), row_of(note, sample_observation(1, note, "idea", "walk more")),
              row_of(note, sample_edge_to_nowhere(1, note, "rel", "Nowhere"))},
             3}};
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("one project reports notes and observations and connections") {
    auto query = week();
    query.timeframe = "1d";
    CHECK(bm::project_activity_text(one_of_each(), query) ==
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

TEST_CASE("discovery names the busiest project and asks one question") {
    CHECK(bm::discovery_text({one_of_each()}, week(), bm::test::sample_time()) ==
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

TEST_CASE("discovery without any activity asks which project to use") {
    const auto text =
        bm::discovery_text({{sample_project(1, "main"), {{}, 0}}}, week(), bm::test::sample_time());
    CHECK(text.rfind("## Recent Activity Summary (7d)\n"
                     "\n"
                     "**Summary:** 0 active projects, 0 recent items\n"
                     "\n"
                     "────────────────────────────────────────\n"
                     "No recent activity found in any project.\n"
                     "Consider: ",
                     0) == 0);
    CHECK(contains(text,
                   "\n\nSession reminder: Remember their project choice throughout this "
                   "conversation."));
}

TEST_CASE("discovery lists the other active projects by their number of items") {
    std::vector<bm::ProjectActivity> activities;
    for (int i = 1; i <= 7; ++i) {
        const auto note = sample_note(i, "Note", "Note.md", "note");
        activities.push_back(
            {sample_project(i, "p" + std::to_string(i)), {{row_of(note)}, i == 7 ? 0 : i * 10}});
    }
    const auto text = bm::discovery_text(activities, week(), bm::test::sample_time());
    CHECK(contains(text, "**Most Active Project:** p6 (60 items)\n"));
    CHECK(contains(text,
                   "\n**Other Active Projects:**\n"
                   "- **p5** (50 items)\n"
                   "- **p4** (40 items)\n"
                   "- **p3** (30 items)\n"
                   "- **p2** (20 items)\n"
                   "\n**Summary:** 6 active projects, 210 recent items\n"));
    CHECK(contains(text,
                   "Ask user: 'Should I use p6 for this task, or would you prefer a different "
                   "project?'\n"));
    CHECK_FALSE(contains(text, "Focus areas"));
    CHECK_FALSE(contains(text, "Key Developments"));
}

TEST_CASE("key developments are the newest titles that sound like results") {
    std::vector<bm::ActivityRow> rows;
    for (const char* title : {"Fixed login", "Holiday", "Complete rewrite", "Spec too old"}) {
        rows.push_back(row_of(sample_note(1, title, std::string("n/") + title + ".md", "n")));
    }
    const auto text =
        bm::discovery_text({{sample_project(1, "p"), {rows, 4}}}, week(), bm::test::sample_time());
    CHECK(
        contains(text, "**Key Developments:**\n- ✅ **Fixed login**\n- ✅ **Complete rewrite**\n\n"));
    CHECK_FALSE(contains(text, "Spec too old**"));
}

TEST_CASE("focus areas are the folders of the newest rows without repetition") {
    std::vector<bm::ActivityRow> rows;
    for (const char* path : {"a/1.md", "a/2.md", "Root.md", "b/c/3.md", "d/4.md", "e/5.md"}) {
        rows.push_back(row_of(sample_note(1, "N", path, "n")));
    }
    CHECK(contains(
        bm::discovery_text({{sample_project(1, "p"), {rows, 6}}}, week(), bm::test::sample_time()),
        "- 📋 **Focus areas:** a, b/c, d\n"));
}

TEST_CASE("sections show five rows and two observations of each category") {
    const auto note = sample_note(1, "Log", "Log.md", "log");
    std::vector<bm::ActivityRow> rows;
    for (int i = 1; i <= 6; ++i) {
        const std::string n = std::to_string(i);
        rows.push_back(row_of(sample_note(i, "Note " + n, "Note " + n + ".md", "note-" + n)));
        rows.push_back(row_of(note, sample_observation(i, note, i < 4 ? "fact" : "idea", "o" + n)));
        rows.push_back(row_of(note, sample_edge(i, note, "t" + n, note)));
    }
    const auto text = bm::project_activity_text({sample_project(1, "p"), {rows, 18}}, week());
    CHECK(contains(text, "**📄 Recent Notes & Documents (6):**\n  • Note 1\n"));
    CHECK(contains(text, "  • Note 5\n\n"));
    CHECK_FALSE(contains(text, "Note 6"));
    CHECK(contains(text,
                   "**🔍 Recent Observations (6):**\n"
                   "  **fact:** 3 items\n    - o1\n    - o2\n"
                   "  **idea:** 3 items\n    - o4\n    - o5\n\n"));
    CHECK(contains(text, "  • [[Log]] → t5 → [[Log]]\n\n"));
    CHECK_FALSE(contains(text, "t6"));
}

TEST_CASE("long observations are cut at a late blank or at 77 characters") {
    const auto note = sample_note(1, "N", "N.md", "n");
    const auto shown = [&](const std::string& content) {
        const auto text = bm::project_activity_text(
            {sample_project(1, "p"),
             {{row_of(note, sample_observation(1, note, "c", content))}, 1}},
            week());
        const auto begin = text.find("    - ") + 6;
        return text.substr(begin, text.find('\n', begin) - begin);
    };
    const std::string a80(80, 'a');
    CHECK(shown(a80) == a80);
    CHECK(shown(a80 + "a") == std::string(77, 'a') + "...");
    const std::string a57(57, 'a');
    CHECK(shown(a57 + " " + a57) == a57 + "...");
    const std::string a56(56, 'a');
    CHECK(shown(a56 + " " + a57) == a56 + " " + std::string(20, 'a') + "...");
    std::string umlauts;
    for (int i = 0; i < 81; ++i) {
        umlauts += "ü";
    }
    CHECK(shown(umlauts) == umlauts.substr(0, 154) + "...");
}

TEST_CASE("more rows than a page holds are announced") {
    auto activity = one_of_each();
    activity.page.total = 40;
    auto query = week();
    query.page = 2;
    query.page_size = 3;
    const auto text = bm::project_activity_text(activity, query);
    CHECK(contains(text,
                   "**Activity Summary:** 3 items found\n"
                   "Total available: 40\n"
                   "Showing 3 items (page 2). Use page=3 to see more."));
    activity.page.total = 6;
    CHECK_FALSE(contains(bm::project_activity_text(activity, query), "Showing"));
}

TEST_CASE("a project without recent activity says what to do next") {
    const bm::ProjectActivity nothing{sample_project(1, "test-project"), {{}, 0}};
    const auto text = bm::project_activity_text(nothing, week());
    CHECK(text.rfind("## Recent Activity: test-project (7d)\n"
                     "\n"
                     "No recent activity found in 'test-project' project.\n",
                     0) == 0);
    CHECK(contains(text, "recent_activity(project=\"test-project\", timeframe=\"30d\")"));
    CHECK(contains(text, "search_notes(project=\"test-project\""));
    CHECK(contains(text, "```\nwrite_note(project=\"test-project\", title="));
    CHECK(contains(text, "directory=\"notes\""));
    CHECK(contains(text, "agrees"));

    auto query = week();
    query.kinds_were_named = true;
    CHECK(contains(bm::project_activity_text(nothing, query), "Leave out `type`"));
    query.page = 3;
    CHECK(contains(bm::project_activity_text(nothing, query), "Go back with page=2"));
}

TEST_CASE("activity rows carry titles and permalinks of what they stand for") {
    const auto note = sample_note(1, "Daily", "s/Daily.md", "s/daily");
    const auto bare = sample_note(2, "map.canvas", "map.canvas", std::nullopt);
    const std::vector<bm::ActivityRow> rows = {
        row_of(note), row_of(note, sample_observation(7, note, "idea", "walk more")),
        row_of(note, sample_edge(3, note, "links", bare)), row_of(bare)};
    CHECK(
        bm::activity_rows(rows, "").dump() ==
        R"([{"type":"entity","title":"Daily","permalink":"s/daily","file_path":"s/Daily.md","created_at":"2026-11-22T06:28:40+00:00"},)"
        R"({"type":"observation","title":"idea: walk more...","permalink":"s/daily/observations/idea/walk-more","file_path":"s/Daily.md","created_at":"2026-11-22T06:28:40+00:00"},)"
        R"({"type":"relation","title":"Daily → map.canvas","permalink":"s/daily/links/map.canvas","file_path":"s/Daily.md","created_at":"2026-11-22T06:28:40+00:00"},)"
        R"({"type":"entity","title":"map.canvas","permalink":null,"file_path":"map.canvas","created_at":"2026-11-22T06:28:40+00:00"}])");
    CHECK(bm::activity_rows({rows[0]}, "main").front().dump().find(R"("project":"main"})") !=
          std::string::npos);
}
