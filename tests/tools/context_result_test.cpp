#include "tools/context_result.hpp"

#include <doctest/doctest.h>

#include "tests/tools/sample_rows.hpp"

namespace {

using bm::test::sample_edge;
using bm::test::sample_edge_to_nowhere;
using bm::test::sample_note;
using bm::test::sample_observation;
using bm::test::sample_time;

/// Root states a fact, links to Leaf and to a note that does not exist.
bm::ContextAnswer root_and_leaf() {
    const auto root = sample_note(1, "Root", "g/Root.md", "g/root");
    const auto leaf = sample_note(2, "Leaf", "g/Leaf.md", "g/leaf");
    bm::ContextAnswer answer;
    answer.uri = "g/root";
    answer.project = "test-project";
    answer.primaries = {root};
    answer.observations = {sample_observation(1, root, "fact", "one thing")};
    // Notes stand before the relations that lead to them here, as an index may give them.
    answer.walk.items = {
        {root.id, 1, std::nullopt, leaf, sample_time()},
        {root.id, 1, sample_edge(1, root, "connects_to", leaf), std::nullopt, sample_time()},
        {root.id, 1, sample_edge_to_nowhere(2, root, "waits_for", "Ghost"), std::nullopt,
         sample_time()}};
    answer.walk.observation_count = 1;
    answer.since = sample_time() - std::chrono::hours{24 * 7};
    answer.generated = sample_time();
    return answer;
}

}  // namespace

TEST_CASE("a context object lists the note and what it says and what is around it") {
    CHECK(
        bm::context_object(root_and_leaf()).dump() ==
        R"({"results":[{"primary_result":{"type":"entity","entity_id":1,"permalink":"g/root","title":"Root","content":"Root text","file_path":"g/Root.md","created_at":"2026-11-22T06:28:40+00:00","external_id":"00000000-0000-4000-8000-000000000001"},)"
        R"("observations":[{"type":"observation","observation_id":1,"entity_id":1,"title":"fact: one thing...","file_path":"g/Root.md","permalink":"g/root/observations/fact/one-thing","category":"fact","content":"one thing","created_at":"2026-11-22T06:28:40+00:00"}],)"
        R"("related_results":[{"type":"relation","relation_id":1,"entity_id":1,"title":"connects_to: Leaf","file_path":"g/Root.md","permalink":"g/root/connects-to/g/leaf","relation_type":"connects_to","from_entity":"Root","from_entity_id":1,"to_entity":"Leaf","to_entity_id":2,"created_at":"2026-11-22T06:28:40+00:00","to_name":"Leaf"},)"
        R"({"type":"relation","relation_id":2,"entity_id":1,"title":"waits_for: Ghost","file_path":"g/Root.md","permalink":"g/root/waits-for/ghost","relation_type":"waits_for","from_entity":"Root","from_entity_id":1,"to_entity":null,"to_entity_id":null,"created_at":"2026-11-22T06:28:40+00:00","to_name":"Ghost"},)"
        R"({"type":"entity","entity_id":2,"permalink":"g/leaf","title":"Leaf","content":null,"file_path":"g/Leaf.md","created_at":"2026-11-22T06:28:40+00:00","external_id":"00000000-0000-4000-8000-000000000002"}]}],)"
        R"("metadata":{"uri":"g/root","types":null,"depth":1,"timeframe":"2026-11-15T06:28:40+00:00","generated_at":"2026-11-22T06:28:40+00:00","primary_count":1,"related_count":3,"total_results":4,"total_relations":2,"total_observations":1},)"
        R"("page":1,"page_size":10,"has_more":false})");
}

TEST_CASE("a context without a limit in time says so and an empty one has zero counts") {
    bm::ContextAnswer answer;
    answer.uri = "no/such";
    answer.generated = sample_time();
    CHECK(
        bm::context_object(answer).dump() ==
        R"({"results":[],"metadata":{"uri":"no/such","types":null,"depth":1,"timeframe":null,"generated_at":"2026-11-22T06:28:40+00:00","primary_count":0,"related_count":0,"total_results":0,"total_relations":0,"total_observations":0},"page":1,"page_size":10,"has_more":false})");
}

TEST_CASE("observation titles of a context hold fifty characters") {
    auto answer = root_and_leaf();
    answer.observations.front().content = std::string(60, 'x');
    const auto object = bm::context_object(answer);
    CHECK(object["results"][0]["observations"][0]["title"] ==
          "fact: " + std::string(50, 'x') + "...");
}

TEST_CASE("the text of a context reads like a page") {
    CHECK(bm::context_text(root_and_leaf()) ==
          "# Context: Root\n"
          "\n"
          "## Root\n"
          "permalink: g/root\n"
          "\n"
          "Root text\n"
          "\n"
          "### Observations\n"
          "- [fact] one thing\n"
          "\n"
          "### Relations\n"
          "- connects_to [[Leaf]]\n"
          "- waits_for [[Ghost]]\n"
          "\n"
          "### Related\n"
          "- [[Leaf]] (g/leaf)\n"
          "\n"
          "---\n"
          "*1 primary, 3 related | depth=1 | project: test-project*");
}

TEST_CASE("several notes are blocks of one text and incoming relations name their source") {
    auto answer = root_and_leaf();
    const auto leaf = *answer.walk.items.front().entity;
    answer.uri = "g/*";
    answer.primaries.push_back(leaf);
    answer.walk.items = {{leaf.id, 1, answer.walk.items[1].edge, std::nullopt, sample_time()}};
    answer.has_more = true;
    CHECK(bm::context_text(answer) ==
          "# Context: g/*\n"
          "\n"
          "## Root\n"
          "permalink: g/root\n"
          "\n"
          "Root text\n"
          "\n"
          "### Observations\n"
          "- [fact] one thing\n"
          "\n"
          "---\n"
          "\n"
          "## Leaf\n"
          "permalink: g/leaf\n"
          "\n"
          "Leaf text\n"
          "\n"
          "### Relations\n"
          "- connects_to [[Leaf]] (from [[Root]])\n"
          "\n"
          "---\n"
          "*2 primary, 1 related | depth=1 | project: test-project*\n"
          "*More notes match: call again with page=2*");
}

TEST_CASE("the text of an empty context names what was asked for") {
    bm::ContextAnswer answer;
    answer.uri = "no/such";
    answer.project = "main";
    CHECK(bm::context_text(answer) == "No results found for 'no/such' in project 'main'.");
}
