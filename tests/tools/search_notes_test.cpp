#include <algorithm>
#include <cmath>
#include <map>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace {

using bm::Json;
using bm::test::TemporaryKnowledgeBase;

Json json(const char* text) { return Json::parse(text); }

/// Three notes about programming and gardening.
class Library : public TemporaryKnowledgeBase {
public:
    Library() {
        call("write_note", {{"title", "Python Guide"},
                            {"folder", "docs"},
                            {"content", "Guide to python tooling"},
                            {"tags", "lang"}});
        note("docs", "Flask Notes",
             "flask micro web\n\n- [tech] werkzeug routing #wsgi\n- extends [[Python Guide]]");
        call("write_note", {{"title", "Gardening"},
                            {"folder", "home"},
                            {"content", "tomatoes and basil"},
                            {"note_type", "guide"}});
    }

    Json search(Json arguments) {
        const auto answer = call("search_notes", std::move(arguments));
        CAPTURE(text_of(answer));
        REQUIRE_FALSE(answer.is_error);
        REQUIRE(answer.value.is_object());
        return answer.value;
    }

    /// Titles of the rows, notes only shown once.
    std::vector<std::string> titles(Json arguments) {
        std::vector<std::string> found;
        const Json answer = search(std::move(arguments));
        for (const auto& row : answer["results"]) {
            found.push_back(row["title"]);
        }
        return found;
    }

    std::string error(Json arguments) {
        const auto answer = call("search_notes", std::move(arguments));
        CHECK(answer.is_error);
        return text_of(answer);
    }
};

using Titles = std::vector<std::string>;

bool contains(const Titles& titles, const char* title) {
    return std::find(titles.begin(), titles.end(), title) != titles.end();
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("search_notes finds what its arguments describe") {
    Library library;
    struct Case {
        const char* arguments;
        Titles expected;
    };
    const Case cases[] = {
        {R"({"query":"tomat"})", {"Gardening"}},
        {R"({"query":"tomatoes AND flask"})", {}},
        {R"({"query":"tomatoes","search_type":"title"})", {}},
        {R"({"query":"Gardening","search_type":"title"})", {"Gardening"}},
        {R"({"query":"werkzeug","entity_types":["observation"]})",
         {"tech: werkzeug routing #wsgi..."}},
        {R"({"query":"flask","entity_types":["relation"]})", {"Flask Notes → Python Guide"}},
        {R"({"query":"tomatoes","types":["note"]})", {}},
        {R"({"query":"tomatoes","types":"guide"})", {"Gardening"}},
        {R"({"query":"tomatoes","note_types":["Guide"]})", {"Gardening"}},
        {R"({"query":"tomatoes","note_type":"[\"guide\"]"})", {"Gardening"}},
        {R"({"query":"tomatoes","after_date":"2099-01-01"})", {}},
        {R"({"query":"tomatoes","after_date":"1 week"})", {"Gardening"}},
        {R"({"query":"tomatoes","after_date":"no date at all"})", {"Gardening"}},
        {R"({"query":"lang"})", {"Python Guide"}},
        {R"({"query":"a AND"})", {}},
        {R"({"query":"\"unbalanced"})", {}},
        {R"({"q":"tomatoes"})", {"Gardening"}},
        {R"({"query":"tomatoes","search_type":"no such type"})", {"Gardening"}},
        {R"({"query":"memory://home/gardening"})", {"Gardening"}},
        {R"({"query":"Home/Gardening","search_type":"permalink"})", {"Gardening"}},
        {R"({"query":"memory://test-project/home/*"})", {"Gardening"}},
        {R"({"query":"memory://personal/test-project/home/*"})", {"Gardening"}},
        {R"({"query":"werkzeug","categories":"tech"})", {"tech: werkzeug routing #wsgi..."}},
        {R"({"query":"werkzeug","category":"TECH"})", {}},
        {R"({"tags":["lang"]})", {"Python Guide"}},
        {R"({"tags":"#lang"})", {"Python Guide"}},
        {R"({"query":"tag:lang"})", {"Python Guide"}},
        {R"({"query":"tag:lang AND tooling"})", {"Python Guide"}},
        {R"({"query":"tag:lang tomatoes"})", {}},
        {R"({"metadata_filters":{"note_type":"guide"}})", {"Gardening"}},
        {R"({"metadata_filters":"{\"title\": \"Gardening\"}"})", {"Gardening"}},
        {R"({"entity_types":["entity"],"status":"open"})", {}},
    };
    for (const auto& each : cases) {
        CAPTURE(each.arguments);
        CHECK(library.titles(json(each.arguments)) == each.expected);
    }
}

TEST_CASE("search_notes joins words with OR and takes some away with NOT") {
    Library library;
    const auto either = library.titles({{"query", "flask OR tomatoes"}});
    CHECK(contains(either, "Flask Notes"));
    CHECK(contains(either, "Gardening"));
    const auto without = library.titles({{"query", "python NOT flask"}});
    CHECK(contains(without, "Python Guide"));
    CHECK_FALSE(contains(without, "Flask Notes"));
    const auto below = library.titles({{"query", "docs/*"}, {"search_type", "permalink"}});
    CHECK(contains(below, "Python Guide"));
    CHECK(contains(below, "Flask Notes"));
    CHECK_FALSE(contains(below, "Gardening"));
}

TEST_CASE("search_notes lists everything for an empty query or a star") {
    Library library;
    for (const char* query : {"", "  ", "*"}) {
        CAPTURE(query);
        const auto found = library.search({{"query", query}});
        CHECK(found["total"] == 5);
        const auto score = found["results"][0]["score"].get<double>();
        CHECK(score == 0);
        CHECK(std::signbit(score));
    }
}

TEST_CASE("search_notes gives an observation with everything that belongs to it") {
    Library library;
    auto found =
        library.search({{"query", "werkzeug"}, {"entity_types", Json::array({"observation"})}});
    CHECK(found["results"][0]["score"].get<double>() < 0);
    found["results"][0]["score"] = -1;
    CHECK(found["results"][0]["observation_id"].get<int>() > 0);
    found["results"][0]["observation_id"] = 1;
    CHECK(
        found.dump() ==
        R"({"results":[{"title":"tech: werkzeug routing #wsgi...","type":"observation","score":-1,"entity":"docs/flask-notes","permalink":"docs/flask-notes/observations/tech/werkzeug-routing-wsgi","content":"werkzeug routing #wsgi","file_path":"docs/Flask Notes.md","metadata":{"tags":["wsgi"]},"entity_id":2,"observation_id":1,"relation_id":null,"category":"tech","from_entity":"docs/flask-notes","to_entity":null,"relation_type":null}],"current_page":1,"page_size":10,"total":1,"total_is_exact":true,"has_more":false})");
}

TEST_CASE("search_notes tells source and target of a relation apart") {
    TemporaryKnowledgeBase base;
    // The target has the smaller number.
    base.note("n", "Target", "t");
    base.note("n", "Source", "- needs [[Target]]");
    const auto row = base.call("search_notes",
                               {{"query", "source"}, {"entity_types", Json::array({"relation"})}})
                         .value["results"][0];
    CHECK(row["title"] == "Source → Target");
    CHECK(row["entity"] == "n/source");
    CHECK(row["from_entity"] == "n/source");
    CHECK(row["to_entity"] == "n/target");
    CHECK(row["relation_type"] == "needs");
    CHECK(row["content"].is_null());
    CHECK(row["permalink"] == "n/source/needs/n/target");
}

TEST_CASE("search_notes gives a canvas without a permalink") {
    TemporaryKnowledgeBase base;
    base.call("canvas", {{"nodes", Json::array()},
                         {"edges", Json::array()},
                         {"title", "roadmap"},
                         {"folder", "maps"}});
    const auto row = base.call("search_notes", {{"query", "roadmap"}}).value["results"][0];
    CHECK(row["title"] == "roadmap.canvas");
    CHECK(row["permalink"].is_null());
    CHECK(row["metadata"]["entity_type"] == "canvas");
}

TEST_CASE("search_notes pages through all results with an exact total") {
    TemporaryKnowledgeBase base;
    for (int i = 1; i <= 5; ++i) {
        base.note("pg", "Item " + std::to_string(i), "common keyword");
    }
    const auto page = [&](int number) {
        return base.call("search_notes", {{"query", "common"}, {"page", number}, {"page_size", 2}})
            .value;
    };
    CHECK(page(1)["results"].size() == 2);
    CHECK(page(1)["has_more"] == true);
    CHECK(page(1)["total"] == 5);
    CHECK(page(3)["results"].size() == 1);
    CHECK(page(3)["current_page"] == 3);
    CHECK(page(3)["has_more"] == false);
    CHECK(page(9)["results"].empty());
    CHECK(page(9)["total"] == 5);
    CHECK(page(9)["page_size"] == 2);
}

TEST_CASE("search_notes refuses arguments that mean nothing") {
    Library library;
    CHECK(library.error({{"query", "x"}, {"page", 0}}) ==
          "Error calling tool 'search_notes': page must be >= 1, got 0");
    CHECK(library.error({{"query", "x"}, {"page_size", -1}}) ==
          "Error calling tool 'search_notes': page_size must be >= 1, got -1");
    CHECK(library.error({{"query", "x"}, {"entity_types", Json::array({"widget"})}}) ==
          "Error calling tool 'search_notes': 'widget' is not a valid SearchItemType");
    CHECK(library.error({{"metadata_filters", {{"k", {{"$near", 1}}}}}}) ==
          "Error calling tool 'search_notes': Unsupported operator '$near' in metadata filter for "
          "'k'");
    CHECK(contains(library.error({{"query", "memory://a//b"}}), "contains double slashes"));
    CHECK(contains(library.error({{"query", "x"}, {"page", "one"}}), "Input validation error: "));
    CHECK(contains(library.error({{"query", "x"}, {"project", "nope"}}), "'nope' does not exist"));
}

TEST_CASE("search_notes accepts numbers as text and other names for a page") {
    Library library;
    const auto found = library.search({{"query", "flask"}, {"page_number", "1"}, {"limit", "1"}});
    CHECK(found["results"].size() == 1);
    CHECK(found["page_size"] == 1);
}

TEST_CASE("search_notes without any criterion explains what it can look for") {
    Library library;
    const auto answer = library.call("search_notes", Json::object());
    CHECK_FALSE(answer.is_error);
    CHECK(library.text_of(answer).rfind("# No Search Criteria\n", 0) == 0);
    CHECK(library.text("search_notes", {{"query", nullptr}}).rfind("# No Search Criteria", 0) == 0);
}

TEST_CASE("search_notes cannot compare meanings and names what works") {
    Library library;
    for (const char* type : {"vector", "semantic", "hybrid", "Hybrid"}) {
        CAPTURE(type);
        const auto answer =
            library.call("search_notes", {{"query", "tomatoes"}, {"search_type", type}});
        CHECK_FALSE(answer.is_error);
        const auto text = library.text_of(answer);
        CHECK(text.rfind("# Search Failed - Semantic Search Disabled\n", 0) == 0);
        CHECK(contains(text, "search_type=\"text\""));
    }
}

TEST_CASE("13.1 item 82: search_notes finds words when only the configuration wants meanings") {
    TemporaryKnowledgeBase base(
        TemporaryKnowledgeBase::Options{Json{{"semantic_search_enabled", true}}, std::nullopt});
    base.note("n", "Tea", "green tea");
    CHECK(base.call("search_notes", {{"query", "green"}}).value["total"] == 1);
}

TEST_CASE("search_notes answers in text when asked to") {
    Library library;
    auto text = library.text("search_notes", {{"query", "tomatoes"}, {"output_format", "text"}});
    const auto score = text.find("- score: -");
    REQUIRE(score != std::string::npos);
    const auto end = text.find('\n', score);
    const std::string id = "- external_id: ";
    const auto external_id = text.find(id);
    REQUIRE(external_id != std::string::npos);
    CHECK(text.substr(0, external_id) ==
          "# Search Results: tomatoes\n"
          "*project: test-project*\n"
          "\n"
          "### Gardening\n"
          "- permalink: home/gardening\n");
    CHECK(external_id + id.size() + 36 + 1 == score);
    CHECK(text.substr(end) ==
          "\n- match: tomatoes and basil\n\n---\n*1 result | page 1, page_size 10*");

    const auto nothing =
        library.text("search_notes", {{"query", "zilch"}, {"output_format", "text"}});
    CHECK(nothing.rfind("No results found for 'zilch' in project 'test-project'.", 0) == 0);
    CHECK(contains(nothing, "recent_activity"));
}

TEST_CASE("search_notes finds notes only when a newer client chooses the format") {
    Library library;
    const auto kinds = [&](Json arguments) {
        std::vector<std::string> found;
        const Json answer = library.search(std::move(arguments));
        for (const auto& row : answer["results"]) {
            found.push_back(row["type"]);
        }
        return found;
    };
    CHECK(kinds({{"query", "flask"}}).size() == 2);
    CHECK(kinds({{"query", "flask"}, {"output_format", "json"}}) ==
          std::vector<std::string>{"entity"});
    CHECK(kinds({{"query", "werkzeug"}, {"output_format", "json"}, {"categories", "tech"}}) ==
          std::vector<std::string>{"observation"});
    CHECK(kinds({{"query", "flask"}, {"output_format", "json"}, {"entity_types", "relation"}}) ==
          std::vector<std::string>{"relation"});
    const auto row =
        library.search({{"query", "tomatoes"}, {"output_format", "json"}})["results"][0];
    CHECK_FALSE(row.contains("category"));
    CHECK(row.contains("external_id"));
    CHECK(row.contains("updated_at"));
}

TEST_CASE("search_notes tries the words one by one only for newer clients") {
    Library library;
    const Json words{{"query", "tomatoes xylophone basil"}};
    CHECK(library.search(words)["total"] == 0);
    auto newer = words;
    newer["output_format"] = "json";
    CHECK(library.search(newer)["results"][0]["title"] == "Gardening");
}

TEST_CASE("search_notes compares frontmatter by number and by text") {
    TemporaryKnowledgeBase base;
    const auto write = [&](const char* title, Json metadata) {
        base.call("write_note", {{"title", title},
                                 {"folder", "mf"},
                                 {"content", "x"},
                                 {"metadata", std::move(metadata)}});
    };
    write("Mf1", {{"status", "open"}, {"priority", 2}, {"owner", {{"name", "Ada"}}}});
    write("Mf2", {{"status", "done"}, {"priority", 11}, {"areas", {"a", "b"}}});
    struct Case {
        const char* arguments;
        Titles expected;
    };
    const Case cases[] = {
        {R"({"metadata_filters":{"status":"open"}})", {"Mf1"}},
        {R"({"metadata_filters":{"priority":{"$gt":3}}})", {"Mf2"}},
        {R"({"metadata_filters":{"priority":{"$gte":"11"}}})", {"Mf2"}},
        {R"({"metadata_filters":{"priority":{"$lt":11}}})", {"Mf1"}},
        {R"({"metadata_filters":{"priority":{"$lte":2}}})", {"Mf1"}},
        {R"({"metadata_filters":{"priority":{"$between":[1,3]}}})", {"Mf1"}},
        {R"({"metadata_filters":{"priority":2}})", {"Mf1"}},
        {R"({"metadata_filters":{"status":{"$in":["open","done"]}}})", {"Mf1", "Mf2"}},
        {R"({"metadata_filters":{"owner.name":"Ada"}})", {"Mf1"}},
        {R"({"metadata_filters":{"areas":["a","b"]}})", {"Mf2"}},
        {R"({"metadata_filters":{"areas":["a","c"]}})", {}},
        {R"({"metadata_filters":{"status":"done","priority":2}})", {}},
        {R"({"status":"done"})", {"Mf2"}},
        {R"({"query":"x","status":"done"})", {"Mf2"}},
    };
    for (const auto& each : cases) {
        CAPTURE(each.arguments);
        auto arguments = json(each.arguments);
        arguments["entity_types"] = "entity";
        Titles found;
        const auto answer = base.call("search_notes", arguments).value;
        for (const auto& row : answer["results"]) {
            found.push_back(row["title"]);
        }
        std::sort(found.begin(), found.end());
        CHECK(found == each.expected);
    }
}

TEST_CASE("search_notes looks through every project and says where it found something") {
    TemporaryKnowledgeBase base;
    base.reply("create_memory_project",
               {{"project_name", "My Work"}, {"project_path", (base.scratch() / "work").string()}});
    base.note("n", "Alpha", "marker");
    base.call("write_note",
              {{"title", "Beta"}, {"folder", "n"}, {"content", "marker"}, {"project", "My Work"}});
    const auto found =
        base.reply("search_notes", {{"query", "marker"}, {"search_all_projects", true}}).value;
    CHECK(found["total"] == 2);
    std::map<std::string, std::string> permalinks;
    for (const auto& row : found["results"]) {
        permalinks[row["project"]] = row["permalink"];
    }
    CHECK(permalinks == std::map<std::string, std::string>{{"test-project", "test-project/n/alpha"},
                                                           {"My Work", "my-work/n/beta"}});
    const auto second =
        base.reply("search_notes",
                   {{"query", "marker"}, {"all_projects", "true"}, {"page", 2}, {"page_size", 1}})
            .value;
    CHECK(second["results"].size() == 1);
    CHECK(second["has_more"] == false);
    CHECK(base.call("search_notes", {{"query", "marker"}, {"search_all_projects", true}})
              .value["total"] == 1);
}

TEST_CASE("search_notes of a bound server stays in its project") {
    TemporaryKnowledgeBase base(TemporaryKnowledgeBase::Options{Json::object(), "test-project"});
    base.note("n", "Alpha", "marker");
    const auto found =
        base.reply("search_notes", {{"query", "marker"}, {"search_all_projects", true}}).value;
    CHECK(found["total"] == 1);
    CHECK_FALSE(found["results"][0].contains("project"));
}

TEST_CASE("search_notes needs to know the project") {
    TemporaryKnowledgeBase base;
    const auto answer = base.reply("search_notes", {{"query", "work/thing"}});
    CHECK(answer.is_error);
    CHECK(contains(base.text_of(answer),
                   "No project specified. Either set 'default_project_mode=true' in config, or use "
                   "'project' argument.\nAvailable projects: ['test-project']"));
}

TEST_CASE("search_notes dates a note by its last change") {
    TemporaryKnowledgeBase base;
    base.put_file("old.md",
                  "---\ntitle: Old\ncreated: 2020-01-01\nmodified: 2020-06-01\n---\nrelic");
    REQUIRE(
        bm::reconcile_project(base.knowledge(), *base.knowledge().find_project("test-project")));
    const auto total = [&](const char* date) {
        return base.call("search_notes", {{"query", "relic"}, {"after_date", date}}).value["total"];
    };
    CHECK(total("2020-05-01") == 1);
    CHECK(total("2020-07-01") == 0);
}
