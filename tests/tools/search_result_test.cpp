#include "tools/search_result.hpp"

#include <doctest/doctest.h>

#include "tests/tools/sample_rows.hpp"

namespace {

bm::SearchRow entity_row() {
    bm::SearchRow row{bm::ItemKind::entity,
                      "Gardening",
                      -1.25,
                      "home/gardening",
                      "home/Gardening.md",
                      "tomatoes and basil",
                      bm::EntityId{3},
                      "uuid",
                      "home/gardening",
                      "guide",
                      std::nullopt,
                      std::nullopt,
                      std::nullopt,
                      {},
                      std::nullopt,
                      std::nullopt,
                      std::nullopt,
                      bm::test::sample_time(),
                      bm::test::sample_time()};
    return row;
}

bm::SearchRow observation_row() {
    auto row = entity_row();
    row.kind = bm::ItemKind::observation;
    row.title = "tech: werkzeug routing #wsgi...";
    row.permalink = "home/gardening/observations/tech/werkzeug-routing-wsgi";
    row.content = "werkzeug routing #wsgi";
    row.observation = bm::ObservationId{1};
    row.category = "tech";
    row.tags = {"wsgi"};
    return row;
}

bm::SearchRow relation_row() {
    auto row = entity_row();
    row.kind = bm::ItemKind::relation;
    row.title = "Gardening → Soil";
    row.permalink = "home/gardening/needs/home/soil";
    row.content = std::nullopt;
    row.relation = bm::RelationId{9};
    row.from_permalink = "home/gardening";
    row.to_permalink = "home/soil";
    row.relation_type = "needs";
    return row;
}

bm::SearchAnswer answer_with(bm::SearchRow row, const std::string& project = "",
                             const std::string& slug = "") {
    return {{{std::move(row), project, slug}}, 1, false, 1, 10};
}

std::string object_of(const bm::SearchRow& row) {
    return bm::search_object(answer_with(row), bm::RowForm::complete)["results"][0].dump();
}

}  // namespace

TEST_CASE("rows of every kind carry all members in order and null where empty") {
    CHECK(
        object_of(entity_row()) ==
        R"({"title":"Gardening","type":"entity","score":-1.25,"entity":"home/gardening","permalink":"home/gardening","content":"tomatoes and basil","file_path":"home/Gardening.md","metadata":{"entity_type":"guide"},"entity_id":3,"observation_id":null,"relation_id":null,"category":null,"from_entity":"home/gardening","to_entity":null,"relation_type":null})");
    CHECK(
        object_of(observation_row()) ==
        R"({"title":"tech: werkzeug routing #wsgi...","type":"observation","score":-1.25,"entity":"home/gardening","permalink":"home/gardening/observations/tech/werkzeug-routing-wsgi","content":"werkzeug routing #wsgi","file_path":"home/Gardening.md","metadata":{"tags":["wsgi"]},"entity_id":3,"observation_id":1,"relation_id":null,"category":"tech","from_entity":"home/gardening","to_entity":null,"relation_type":null})");
    CHECK(
        object_of(relation_row()) ==
        R"({"title":"Gardening → Soil","type":"relation","score":-1.25,"entity":"home/gardening","permalink":"home/gardening/needs/home/soil","content":null,"file_path":"home/Gardening.md","metadata":null,"entity_id":3,"observation_id":null,"relation_id":9,"category":null,"from_entity":"home/gardening","to_entity":"home/soil","relation_type":"needs"})");
}

TEST_CASE("a search object tells its page and whether there is more") {
    bm::SearchAnswer answer{{}, 25, true, 2, 10};
    CHECK(
        bm::search_object(answer, bm::RowForm::complete).dump() ==
        R"({"results":[],"current_page":2,"page_size":10,"total":25,"total_is_exact":true,"has_more":true})");
}

TEST_CASE("the compact form leaves out what is empty and adds when and which") {
    const auto row =
        bm::search_object(answer_with(entity_row()), bm::RowForm::compact)["results"][0];
    CHECK(
        row.dump() ==
        R"({"title":"Gardening","type":"entity","score":-1.25,"entity":"home/gardening","permalink":"home/gardening","content":"tomatoes and basil","file_path":"home/Gardening.md","metadata":{"entity_type":"guide"},"entity_id":3,"from_entity":"home/gardening","external_id":"uuid","updated_at":"2026-11-22T06:28:40+00:00"})");
}

TEST_CASE("results of several projects carry the project in front of their permalinks") {
    const auto row = bm::search_object(answer_with(relation_row(), "My Work", "work"),
                                       bm::RowForm::complete)["results"][0];
    CHECK(row["project"] == "My Work");
    CHECK(row["permalink"] == "work/home/gardening/needs/home/soil");
    CHECK(row["entity"] == "work/home/gardening");
    CHECK(row["to_entity"] == "work/home/soil");

    auto prefixed = entity_row();
    prefixed.permalink = "work/home/gardening";
    CHECK(bm::search_object(answer_with(prefixed, "My Work", "work"),
                            bm::RowForm::complete)["results"][0]["permalink"] ==
          "work/home/gardening");
}

TEST_CASE("the text of a search lists titles with permalink and score") {
    CHECK(bm::search_text(answer_with(entity_row()), "tomatoes", "test-project") ==
          "# Search Results: tomatoes\n"
          "*project: test-project*\n"
          "\n"
          "### Gardening\n"
          "- permalink: home/gardening\n"
          "- external_id: " +
              entity_row().external_id +
              "\n"
              "- score: -1.2500\n"
              "- match: tomatoes and basil\n"
              "\n"
              "---\n"
              "*1 result | page 1, page_size 10*");
}

TEST_CASE("the text of a search without words has no words in its heading") {
    auto answer = answer_with(entity_row());
    answer.rows.push_back(answer.rows.front());
    answer.has_more = true;
    answer.page_size = 2;
    const auto text = bm::search_text(answer, "", "main");
    CHECK(text.rfind("# Search Results\n*project: main*\n\n### ", 0) == 0);
    CHECK(text.find("\n---\n*2 results | page 1, page_size 2 | more available*") !=
          std::string::npos);
}

TEST_CASE("the text of a search that found nothing gives advice") {
    const bm::SearchAnswer nothing{{}, 0, false, 1, 10};
    const auto text = bm::search_text(nothing, "zilch", "main");
    CHECK(text.rfind("No results found for 'zilch' in project 'main'.", 0) == 0);
    CHECK(text.find("recent_activity") != std::string::npos);
    CHECK(bm::search_text(nothing, "", "main").find("''") == std::string::npos);
}
