#include <algorithm>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace {

using bm::Json;
using bm::test::TemporaryKnowledgeBase;

/// g/root connects to g/leaf and states one fact; h/far stands apart.
class Graph : public TemporaryKnowledgeBase {
public:
    Graph() {
        note("g", "Leaf", "leaf body");
        note("g", "Root", "- connects_to [[Leaf]]\n- [fact] one thing");
        note("h", "Far", "x");
        note("gother", "Near", "x");
    }

    Json context(Json arguments) {
        const auto answer = call("build_context", std::move(arguments));
        CAPTURE(text_of(answer));
        REQUIRE_FALSE(answer.is_error);
        REQUIRE(answer.value.is_object());
        return answer.value;
    }
    std::string error(Json arguments) {
        const auto answer = call("build_context", std::move(arguments));
        CHECK(answer.is_error);
        return text_of(answer);
    }
    std::vector<std::string> primaries(const char* url) {
        std::vector<std::string> titles;
        const Json answer = context({{"url", url}});
        for (const auto& result : answer["results"]) {
            titles.push_back(result["primary_result"]["title"]);
        }
        return titles;
    }
};

using Titles = std::vector<std::string>;

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

bool has_zone(const Json& time) {
    const auto text = time.get<std::string>();
    return text.size() > 6 && text.substr(text.size() - 6) == "+00:00";
}

}  // namespace

TEST_CASE("build_context gives the note with its observations and what is around it") {
    Graph graph;
    const auto context = graph.context({{"url", "memory://g/root"}});
    REQUIRE(context["results"].size() == 1);
    const auto& result = context["results"][0];
    CHECK(result["primary_result"]["type"] == "entity");
    CHECK(result["primary_result"]["permalink"] == "g/root");
    CHECK(result["primary_result"]["file_path"] == "g/Root.md");
    CHECK(has_zone(result["primary_result"]["created_at"]));
    REQUIRE(result["observations"].size() == 1);
    CHECK(result["observations"][0]["category"] == "fact");
    CHECK(result["observations"][0]["content"] == "one thing");
    CHECK(result["observations"][0]["permalink"] == "g/root/observations/fact/one-thing");
    REQUIRE(result["related_results"].size() == 2);
    const auto& relation = result["related_results"][0];
    CHECK(relation["type"] == "relation");
    CHECK(relation["title"] == "connects_to: Leaf");
    CHECK(relation["from_entity"] == "Root");
    CHECK(relation["to_entity"] == "Leaf");
    CHECK(relation["entity_id"] == relation["from_entity_id"]);
    CHECK(relation["permalink"] == "g/root/connects-to/g/leaf");
    CHECK(has_zone(relation["created_at"]));
    const auto& leaf = result["related_results"][1];
    CHECK(leaf["title"] == "Leaf");
    CHECK(leaf["content"].is_null());
    CHECK(has_zone(leaf["created_at"]));
    const auto& metadata = context["metadata"];
    CHECK(metadata["uri"] == "g/root");
    CHECK(metadata["depth"] == 1);
    CHECK(metadata["primary_count"] == 1);
    CHECK(metadata["related_count"] == 2);
    CHECK(metadata["total_results"] == 3);
    CHECK(metadata["total_relations"] == 1);
    CHECK(metadata["total_observations"] == 1);
    CHECK(has_zone(metadata["timeframe"]));
    CHECK(has_zone(metadata["generated_at"]));
    CHECK(context["page"] == 1);
    CHECK(context["page_size"] == 10);
    CHECK(context["has_more"] == false);
}

TEST_CASE("build_context follows relations in both directions") {
    Graph graph;
    const auto related = graph.context({{"url", "g/leaf"}})["results"][0]["related_results"];
    REQUIRE(related.size() == 2);
    CHECK(related[0]["from_entity"] == "Root");
    CHECK(related[1]["title"] == "Root");
}

TEST_CASE("build_context finds its notes by every kind of address") {
    Graph graph;
    graph.note("u", "Parent U", "- part_of [[Child U]]\n- part_of [[Root]]\n- waits_for [[Ghost]]");
    graph.note("u", "Child U", "c");
    struct Case {
        const char* url;
        Titles expected;
    };
    const Case cases[] = {
        {"g/leaf", {"Leaf"}},
        {"memory://g/leaf", {"Leaf"}},
        {"memory://Leaf", {"Leaf"}},
        {"memory://g/Leaf.md", {"Leaf"}},
        {"memory://G/Leaf", {"Leaf"}},
        {"memory://g/*", {"Leaf", "Root"}},
        {"memory://g/ro*", {"Root"}},
        {"memory://no/such", {}},
        {"memory://no/*", {}},
        {"memory://recent", {}},
        {"memory://test-project/g/leaf", {"Leaf"}},
        {"memory://test-project/g/*", {"Leaf", "Root"}},
        {"memory://personal/test-project/g/*", {"Leaf", "Root"}},
        {"memory://local/test-project/g/leaf", {"Leaf"}},
        {"memory://g/root/connects_to/*", {"Leaf"}},
        {"memory://g/root/connects-to/*", {"Leaf"}},
        {"memory://g/root/Connects_To/leaf", {"Leaf"}},
        {"memory://g/root/connects-to/g/leaf", {"Leaf"}},
        {"memory://g/root/connects_to/root", {}},
        {"memory://g/root/other/*", {}},
        {"memory://u/parent_u/part_of/*", {"Child U", "Root"}},
        {"memory://u/parent-u/part-of/Child U", {"Child U"}},
        {"memory://u/parent-u/waits-for/*", {}},
        {"memory://Parent U/part_of/root", {"Root"}},
        {"memory://test-project/u/parent-u/part-of/root", {"Root"}},
    };
    for (const auto& each : cases) {
        CAPTURE(std::string(each.url));
        auto found = graph.primaries(each.url);
        std::sort(found.begin(), found.end());
        CHECK(found == each.expected);
    }
    CHECK(graph.context({{"url", "g/root/connects_to/*"}})["metadata"]["uri"] ==
          "g/root/connects-to/*");
}

TEST_CASE("build_context finds a note by its external id") {
    Graph graph;
    const auto id =
        graph.context({{"url", "g/leaf"}})["results"][0]["primary_result"]["external_id"];
    CHECK(graph.primaries(id.get<std::string>().c_str()) == Titles{"Leaf"});
}

TEST_CASE("build_context finds a note that is on disk and not indexed yet") {
    Graph graph;
    graph.put_file("fresh/New Note.md", "just written in an editor");
    CHECK(graph.primaries("memory://fresh/New Note.md") == Titles{"New Note"});
}

TEST_CASE("build_context looks into another project only when nothing was chosen") {
    TemporaryKnowledgeBase base(
        TemporaryKnowledgeBase::Options{Json{{"default_project_mode", true}}, std::nullopt});
    base.reply("create_memory_project",
               {{"project_name", "other"}, {"project_path", (base.scratch() / "other").string()}});
    base.call("write_note", {{"title", "Elsewhere"},
                             {"folder", "n"},
                             {"content", "- leads_to [[End]]"},
                             {"project", "other"}});
    base.call("write_note",
              {{"title", "End"}, {"folder", "n"}, {"content", "x"}, {"project", "other"}});
    const auto count = [&](const char* url, bool explicit_project) {
        Json arguments{{"url", url}};
        if (explicit_project) {
            arguments["project"] = "test-project";
        }
        return base.reply("build_context", arguments).value["metadata"]["primary_count"].get<int>();
    };
    for (const char* url : {"memory://other/n/elsewhere", "memory://other/n/else*",
                            "memory://other/n/elsewhere/leads_to/*"}) {
        CAPTURE(url);
        CHECK(count(url, false) == 1);
        CHECK(count(url, true) == 0);
    }
}

TEST_CASE("build_context reads depth from numbers and text and nothing") {
    Graph graph;
    const auto depth = [&](Json value) {
        return graph.context({{"url", "g/root"}, {"depth", std::move(value)}})["metadata"]["depth"]
            .get<int>();
    };
    CHECK(depth(2) == 2);
    CHECK(depth("2") == 2);
    CHECK(depth(0) == 1);
    CHECK(depth(-4) == 1);
    CHECK(depth(nullptr) == 1);
    CHECK(depth(1000) == 10);
    CHECK(graph.error({{"url", "g/root"}, {"depth", "deep"}}) ==
          "Error calling tool 'build_context': Invalid depth parameter: 'deep' is not a valid "
          "integer");
    CHECK(contains(graph.error({{"url", "g/root"}, {"depth", ""}}), "is not a valid integer"));
}

TEST_CASE("build_context walks as far as its depth") {
    TemporaryKnowledgeBase base;
    base.note("c", "D", "end");
    base.note("c", "C", "- to [[D]]");
    base.note("c", "B", "- to [[C]]");
    base.note("c", "A", "- to [[B]]");
    const auto related = [&](int depth) {
        return base.call("build_context", {{"url", "c/a"}, {"depth", depth}})
            .value["metadata"]["related_count"]
            .get<int>();
    };
    CHECK(related(1) == 2);
    CHECK(related(2) == 4);
    CHECK(related(3) == 6);
    CHECK(related(4) == 6);
}

TEST_CASE("build_context keeps to the number of related rows that was asked for") {
    TemporaryKnowledgeBase base;
    std::string links;
    for (int i = 0; i < 30; ++i) {
        links += "- to [[Target " + std::to_string(i) + "]]\n";
    }
    base.note("h", "Hub", links);
    const auto related = [&](Json arguments) {
        arguments["url"] = "h/hub";
        return base.call("build_context", std::move(arguments))
            .value["metadata"]["related_count"]
            .get<int>();
    };
    CHECK(related(Json::object()) == 10);
    CHECK(related({{"max_related", 3}}) == 3);
    CHECK(related({{"max_results", "0"}}) == 0);
    CHECK(related({{"max_related", 100}}) == 30);
}

TEST_CASE("build_context refuses addresses that cannot be") {
    Graph graph;
    struct Case {
        const char* url;
        const char* reason;
    };
    const Case cases[] = {
        {"a//b", "Invalid memory URL path: 'a//b' contains double slashes"},
        {"http://x.y", "contains protocol scheme"},
        {"a?b", "contains invalid characters"},
        {"   ", "Memory URL cannot be empty or whitespace"},
        {"<x>", "contains invalid characters"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.url);
        const auto text = graph.error({{"url", each.url}});
        CHECK(text.rfind("Error calling tool 'build_context': 1 validation error for "
                         "call[build_context]\nurl\n  ",
                         0) == 0);
        CHECK(contains(text, each.reason));
    }
    CHECK(graph.error({{"url", ""}}) == "Input validation error: '' should be non-empty");
    CHECK(graph.error(Json::object()) == "Input validation error: 'url' is a required property");
    CHECK(contains(graph.error({{"url", std::string(2029, 'a')}}), "is too long"));
    // The scheme counts.
    CHECK(graph.context({{"url", std::string(2028 - 9, 'a')}})["results"].empty());
}

TEST_CASE("build_context reads its time frame and its page") {
    Graph graph;
    for (const char* timeframe : {"7d", "today", "yesterday", "2 weeks ago", "1 month", "24h"}) {
        CAPTURE(timeframe);
        CHECK(graph.context(
                  {{"url", "g/root"}, {"timeframe", timeframe}})["metadata"]["related_count"] == 2);
    }
    CHECK(contains(graph.error({{"url", "g/root"}, {"timeframe", "rubbish"}}),
                   "Could not parse timeframe: rubbish"));
    CHECK(contains(graph.error({{"url", "g/root"}, {"timeframe", "3 years ago"}}),
                   "Timeframe should be <= 1 year"));
    CHECK(graph.error({{"url", "g/root"}, {"page", 0}}) ==
          "Error calling tool 'build_context': page must be >= 1, got 0");
    const auto second = graph.context({{"url", "g/root"}, {"page", 2}});
    CHECK(second["results"].empty());
    CHECK(second["page"] == 2);
}

TEST_CASE("build_context limits what is around a note in time and never the note") {
    TemporaryKnowledgeBase base;
    base.put_file("old/Old Root.md",
                  "---\ncreated: 2020-01-01\nmodified: 2020-01-01\n---\n- to [[Old Leaf]]\n"
                  "- [fact] ancient");
    base.put_file("old/Old Leaf.md", "---\ncreated: 2020-01-01\nmodified: 2020-01-01\n---\nx");
    REQUIRE(
        bm::reconcile_project(base.knowledge(), *base.knowledge().find_project("test-project")));
    const auto limited = base.call("build_context", {{"url", "old/old-root"}}).value;
    CHECK(limited["metadata"]["primary_count"] == 1);
    CHECK(limited["results"][0]["observations"].size() == 1);
    for (const auto& related : limited["results"][0]["related_results"]) {
        CHECK(related["type"] == "relation");
    }
    const auto unlimited =
        base.call("build_context", {{"url", "old/old-root"}, {"timeframe", nullptr}}).value;
    CHECK(unlimited["metadata"]["timeframe"].is_null());
    CHECK(unlimited["metadata"]["related_count"] == 2);
}

TEST_CASE("a stretch of time that is given under another name counts beside a null") {
    Graph graph;
    CHECK_FALSE(graph
                    .context({{"url", "g/root"},
                              {"timeframe", nullptr},
                              {"since", "7d"}})["metadata"]["timeframe"]
                    .is_null());
    CHECK(
        graph.context({{"url", "g/root"}, {"since", nullptr}})["metadata"]["timeframe"].is_null());
}

TEST_CASE("build_context pages through the notes of a pattern") {
    TemporaryKnowledgeBase base;
    for (int i = 1; i <= 5; ++i) {
        base.note("p", "Note " + std::to_string(i), "x");
    }
    const auto page = [&](int number) {
        return base.call("build_context", {{"url", "p/*"}, {"page", number}, {"page_size", 2}})
            .value;
    };
    CHECK(page(1)["results"].size() == 2);
    CHECK(page(1)["has_more"] == true);
    CHECK(page(3)["results"].size() == 1);
    CHECK(page(3)["has_more"] == false);
    CHECK(page(4)["results"].empty());
}

TEST_CASE("build_context knows the text of a link that leads nowhere yet") {
    TemporaryKnowledgeBase base;
    base.note("w", "Waiting", "- needs [[Ghost Note]]");
    const auto relation = base.call("build_context", {{"url", "w/waiting"}})
                              .value["results"][0]["related_results"][0];
    CHECK(relation["to_name"] == "Ghost Note");
    CHECK(relation["to_entity"].is_null());
    CHECK(relation["to_entity_id"].is_null());
}

TEST_CASE("long observations have one permalink in search and in context") {
    TemporaryKnowledgeBase base;
    const std::string start = "every word of this sentence is repeated until it is long ";
    std::string content;
    for (int i = 0; i < 8; ++i) {
        content += start;
    }
    base.note("l", "Long", "- [fact] " + content + "first\n- [fact] " + content + "second");
    const auto observations =
        base.call("build_context", {{"url", "l/long"}}).value["results"][0]["observations"];
    REQUIRE(observations.size() == 2);
    CHECK(observations[0]["permalink"] != observations[1]["permalink"]);
    std::vector<std::string> searched;
    const auto found = base.call("search_notes", {{"query", "sentence"},
                                                  {"entity_types", Json::array({"observation"})}})
                           .value;
    for (const auto& row : found["results"]) {
        searched.push_back(row["permalink"]);
    }
    std::sort(searched.begin(), searched.end());
    std::vector<std::string> shown{observations[0]["permalink"], observations[1]["permalink"]};
    std::sort(shown.begin(), shown.end());
    CHECK(searched == shown);
}

TEST_CASE("an observation of a note without a permalink has one in search and in context") {
    TemporaryKnowledgeBase base({.config = {{"disable_permalinks", true}}});
    base.note("e", "a", "- [k] v");
    const auto note = base.call("build_context", {{"url", "e/a.md"}}).value["results"][0];
    CHECK(note["primary_result"]["permalink"].is_null());
    const auto found =
        base.call("search_notes", {{"query", "v"}, {"entity_types", Json::array({"observation"})}})
            .value["results"];
    REQUIRE(found.size() == 1);
    REQUIRE(found[0]["permalink"].is_string());
    CHECK(note["observations"][0]["permalink"] == found[0]["permalink"]);
}

TEST_CASE("build_context answers in text when asked to") {
    Graph graph;
    CHECK(graph.text("build_context", {{"url", "memory://g/root"}, {"output_format", "text"}}) ==
          "# Context: Root\n"
          "\n"
          "## Root\n"
          "permalink: g/root\n"
          "\n"
          "- connects_to [[Leaf]]\n"
          "- [fact] one thing\n"
          "\n"
          "### Observations\n"
          "- [fact] one thing\n"
          "\n"
          "### Relations\n"
          "- connects_to [[Leaf]]\n"
          "\n"
          "### Related\n"
          "- [[Leaf]] (g/leaf)\n"
          "\n"
          "---\n"
          "*1 primary, 2 related | depth=1 | project: test-project*");
    CHECK(graph.text("build_context", {{"url", "no/such"}, {"output_format", "text"}}) ==
          "No results found for 'no/such' in project 'test-project'.");
}

TEST_CASE("13.1 item 52: plain patterns find permalinks that carry the project") {
    TemporaryKnowledgeBase base({{{"permalinks_include_project", true}}, {}});
    base.note("f", "One", "first words");
    base.note("f", "Two", "second words");
    CHECK(base.call("build_context", {{"url", "f/*"}, {"output_format", "json"}})
              .value["results"]
              .size() == 2);
    CHECK(base.call("search_notes", {{"query", "f/*"}, {"search_type", "permalink"}})
              .value["results"]
              .size() == 2);
    CHECK(base.call("search_notes", {{"query", "f/one"}, {"search_type", "permalink"}})
              .value["results"]
              .size() == 1);
    CHECK(base.call("search_notes", {{"query", "test-project/f/*"}, {"search_type", "permalink"}})
              .value["results"]
              .size() == 2);
}
