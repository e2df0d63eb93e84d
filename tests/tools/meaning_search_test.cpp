#include "tools/meaning_search.hpp"

#include <doctest/doctest.h>

#include "sync/note_meanings.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace {

using bm::Json;
using bm::test::TemporaryKnowledgeBase;

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TemporaryKnowledgeBase::Options enabled() {
    return {Json{{"semantic_search_enabled", true}}, std::nullopt};
}

/// Notes about cars, some of which say "automobile", and about food.
class Vault : public TemporaryKnowledgeBase {
public:
    explicit Vault(const Options& options = enabled()) : TemporaryKnowledgeBase(options) {
        note("cars", "Car One", "The car needs an engine and brakes in the garage");
        note("cars", "Car Two", "The car has wheels and an engine");
        note("cars", "Car Three", "The car mechanic works on brakes in the garage");
        note("cars", "Motor One", "The automobile needs wheels and an engine");
        note("cars", "Motor Two", "The automobile mechanic checks brakes in the garage");
        note("cars", "Motor Three", "The automobile has an engine and wheels");
        note("food", "Soup One", "The soup needs salt and onions in the pot");
        note("food", "Soup Two", "The soup has carrots and onions\n\n- [taste] needs pepper");
        note("food", "Stew One", "The stew needs salt and carrots in the pot");
        note("food", "Stew Two", "The stew has onions and the cook likes salt");
    }

    Json search(Json arguments) {
        const bool is_everywhere = arguments.contains("search_all_projects");
        const auto answer = is_everywhere ? reply("search_notes", arguments)
                                          : call("search_notes", std::move(arguments));
        CAPTURE(text_of(answer));
        REQUIRE(answer.value.is_object());
        return answer.value;
    }
    std::vector<std::string> titles(Json arguments) {
        std::vector<std::string> found;
        const Json answer = search(std::move(arguments));
        for (const auto& row : answer["results"]) found.push_back(row["title"]);
        return found;
    }
    bool finds(Json arguments, const std::string& title) {
        const auto found = titles(std::move(arguments));
        return std::find(found.begin(), found.end(), title) != found.end();
    }
};

}  // namespace

TEST_CASE("vector search finds notes that use another word for the same thing") {
    Vault vault;
    for (const char* type : {"vector", "semantic", "Vector"}) {
        CAPTURE(type);
        const Json arguments = {{"query", "automobile"}, {"search_type", type}};
        CHECK(vault.finds(arguments, "Car Two"));
        CHECK_FALSE(vault.finds(arguments, "Soup One"));
    }
    CHECK_FALSE(vault.finds({{"query", "automobile"}}, "Soup One"));
    CHECK_FALSE(vault.finds({{"query", "automobile"}, {"search_type", "text"}}, "Car Two"));
}

TEST_CASE("hybrid search has what either finds, and says why") {
    Vault vault;
    const auto answer = vault.search({{"query", "automobile"}, {"search_type", "hybrid"}});
    CHECK(answer["total_is_exact"] == false);
    const auto& first = answer["results"][0];
    CHECK(contains(first["title"].get<std::string>(), "Motor"));
    CHECK(first["why"]["formula"] == "max+0.3*min/v1");
    CHECK(first["why"]["text"]["rank"].get<int>() >= 1);
    CHECK(first["why"]["text"]["bm25"].get<double>() < 0);
    CHECK(first["why"]["meaning"]["similarity"].get<double>() > 0.19);
    double before = 2;
    bool is_car_found = false;
    for (const auto& row : answer["results"]) {
        CHECK(row["score"].get<double>() <= before);
        before = row["score"].get<double>();
        if (row["title"] != "Car Two") continue;
        is_car_found = true;
        CHECK_FALSE(row["why"].contains("text"));
        CHECK_FALSE(row["why"]["meaning"]["near"].empty());
    }
    CHECK(is_car_found);
}

TEST_CASE("the text form explains each hit on a line") {
    Vault vault;
    const auto text =
        vault.text("search_notes",
                   {{"query", "automobile"}, {"search_type", "hybrid"}, {"output_format", "text"}});
    CHECK(contains(text, "- why: words, number 1 of the text search; meaning, similarity 0."));
    CHECK_FALSE(contains(
        vault.text("search_notes",
                   {{"query", "automobile"}, {"search_type", "text"}, {"output_format", "text"}}),
        "- why:"));
}

TEST_CASE("the object for scripts has the text that was compared") {
    Vault vault;
    Json asked = {{"query", "automobile"}, {"search_type", "hybrid"}, {"output_format", "json"}};
    const auto answer = vault.search(asked);
    REQUIRE_FALSE(answer["results"].empty());
    for (const auto& row : answer["results"]) {
        CHECK(row["matched_chunk"] == row["content"]);
    }
    asked["search_type"] = "text";
    const auto words = vault.search(asked);
    for (const auto& row : words["results"]) CHECK_FALSE(row.contains("matched_chunk"));
}

TEST_CASE("a text search carries no explanation and an exact total") {
    Vault vault;
    const auto answer = vault.search({{"query", "automobile"}, {"search_type", "text"}});
    CHECK(answer["total_is_exact"] == true);
    CHECK(answer["total"] == 3);
    for (const auto& row : answer["results"]) CHECK_FALSE(row.contains("why"));
}

TEST_CASE("with meanings enabled a search is hybrid unless it says otherwise") {
    Vault vault;
    CHECK(vault.finds({{"query", "automobile"}}, "Car Two"));
    CHECK(vault.search({{"query", "*"}})["total_is_exact"] == true);
    CHECK(vault.search({{"query", "memory://cars/car-one"}})["total"] == 1);
    CHECK(vault.search({{"query", "Car One"}, {"search_type", "title"}})["total"] == 1);
}

TEST_CASE("what is asked for exactly is not watered down") {
    CHECK(bm::is_exact_wish("\"the car\""));
    CHECK(bm::is_exact_wish("car NOT soup"));
    CHECK(bm::is_exact_wish("auto*"));
    CHECK_FALSE(bm::is_exact_wish("how does a car work, and why not"));
    Vault vault;
    const Json exact = {{"query", "automobile NOT mechanic"}, {"search_type", "hybrid"}};
    CHECK(vault.finds(exact, "Motor One"));
    CHECK_FALSE(vault.finds(exact, "Motor Two"));
    CHECK_FALSE(vault.finds(exact, "Car Two"));
}

TEST_CASE("filters hold for meanings too") {
    Vault vault;
    CHECK(vault
              .titles({{"query", "automobile"},
                       {"search_type", "vector"},
                       {"entity_types", Json::array({"observation"})}})
              .empty());
    for (const Json& filter : {Json{{"entity_types", Json::array({"observation"})}},
                               Json{{"categories", Json::array({"taste"})}}}) {
        Json asked = {{"query", "automobile"}, {"search_type", "vector"}};
        asked.update(filter);
        CHECK(contains(vault.search(asked)["notice"].get<std::string>(),
                       "Only whole notes are compared by meaning"));
        asked["output_format"] = "text";
        CHECK(contains(vault.text("search_notes", asked), "Only whole notes are compared"));
    }
    vault.call("write_note", {{"title", "Tagged"},
                              {"folder", "cars"},
                              {"content", "The car has an engine"},
                              {"tags", "red"}});
    CHECK(vault.titles({{"query", "automobile engine"},
                        {"search_type", "vector"},
                        {"tags", Json::array({"red"})}}) == std::vector<std::string>{"Tagged"});
    CHECK(vault.titles({{"query", "automobile engine tag:red"}, {"search_type", "hybrid"}}) ==
          std::vector<std::string>{"Tagged"});
}

TEST_CASE("min_similarity leaves out what is less similar") {
    Vault vault;
    const auto found = vault.titles(
        {{"query", "automobile"}, {"search_type", "vector"}, {"min_similarity", 0.999}});
    CHECK(found.empty());
    CHECK(vault
              .titles({{"query", "automobile"},
                       {"search_type", "vector"},
                       {"min_similarity", -1},
                       {"page_size", 100}})
              .size() == 10);
}

TEST_CASE("vectors follow what is written, changed, moved and deleted") {
    Vault vault;
    const Json asked = {{"query", "saxophone"}, {"search_type", "vector"}};
    CHECK(vault.titles(asked).empty());
    vault.note("music", "Jazz", "A saxophone plays");
    CHECK(vault.titles(asked) == std::vector<std::string>{"Jazz"});
    vault.call("edit_note", {{"identifier", "music/jazz"},
                             {"operation", "find_replace"},
                             {"find_text", "A saxophone plays"},
                             {"content", "A trumpet plays"}});
    CHECK(vault.titles(asked).empty());
    const Json other = {{"query", "trumpet"}, {"search_type", "vector"}};
    CHECK(vault.titles(other) == std::vector<std::string>{"Jazz"});
    vault.call("move_note", {{"identifier", "music/jazz"}, {"destination_path", "sound/Jazz.md"}});
    CHECK(vault.search(other)["results"][0]["file_path"] == "sound/Jazz.md");
    vault.call("delete_note", {{"identifier", "music/jazz"}});
    vault.call("delete_note", {{"identifier", "sound/jazz"}});
    CHECK(vault.titles(other).empty());
}

TEST_CASE("few notes are compared only where that is enabled") {
    Vault vault(TemporaryKnowledgeBase::Options{});
    const auto refused =
        vault.text("search_notes", {{"query", "automobile"}, {"search_type", "vector"}});
    CHECK(refused.rfind("# Search Failed - Semantic Search Disabled\n", 0) == 0);
    CHECK(contains(refused, "semantic_search_enabled"));
    CHECK(vault.text("search_notes", {{"query", "automobile"}, {"search_type", "hybrid"}})
              .starts_with("# Search Failed - Semantic Search Disabled\n"));
    const auto words = vault.search({{"query", "automobile"}, {"search_type", "text"}});
    CHECK(words["total"] == 3);
    for (int i = 0; i < 40; ++i) {
        vault.note("more", "Number " + std::to_string(i), "counting " + std::to_string(i));
    }
    CHECK(vault.finds({{"query", "automobile"}, {"search_type", "vector"}}, "Car Two"));
    CHECK_FALSE(vault.finds({{"query", "automobile"}}, "Car Two"));
}

TEST_CASE("meanings need words") {
    Vault vault;
    for (const char* query : {"", "  ", "*", "tag:red"}) {
        CAPTURE(query);
        const auto text = vault.text("search_notes", {{"query", query}, {"search_type", "vector"}});
        CHECK(text.rfind("# Search Failed - Nothing To Compare\n", 0) == 0);
    }
}

TEST_CASE("pages of a hybrid search follow each other") {
    Vault vault;
    const auto whole =
        vault.titles({{"query", "engine"}, {"search_type", "hybrid"}, {"page_size", 6}});
    std::vector<std::string> pages;
    for (int page = 1; page <= 3; ++page) {
        for (auto& title : vault.titles({{"query", "engine"},
                                         {"search_type", "hybrid"},
                                         {"page_size", 2},
                                         {"page", page}})) {
            pages.push_back(title);
        }
    }
    CHECK(pages == whole);
}

TEST_CASE("13.1 item 81: a page beyond all candidates is empty") {
    Vault vault;
    for (const int page : {2, 101, 1000, 1'000'000}) {
        CAPTURE(page);
        const auto answer = vault.search(
            {{"query", "engine"}, {"search_type", "hybrid"}, {"page_size", 100}, {"page", page}});
        CHECK(answer["results"].empty());
        CHECK(answer["has_more"] == false);
        CHECK(answer["total"].get<int>() > 0);
    }
}

/// Another project beside the one of the vault.
void add_project(Vault& vault, const std::string& name) {
    const auto folder = vault.project_folder().parent_path() / name;
    REQUIRE(vault.knowledge().add_project(name, folder.string(), false));
}

TEST_CASE("what one project has word for word comes before what another has in part") {
    Vault vault;
    add_project(vault, "other");
    vault.note("music", "Exact", "saxophone lessons in berlin");
    const auto write = [&](const char* title, const char* content) {
        vault.call("write_note",
                   {{"title", title}, {"folder", "x"}, {"content", content}, {"project", "other"}});
    };
    write("Weak", "a long way to berlin, past woods and fields and many towns");
    write("Mechanic", "an automobile mechanic");
    const auto answer = vault.search({{"query", "saxophone lessons berlin"},
                                      {"search_type", "hybrid"},
                                      {"search_all_projects", true}});
    CHECK(answer["results"][0]["title"] == "Exact");
    for (const auto& row : answer["results"]) {
        if (row["title"] == "Weak") CHECK_FALSE(row["why"].contains("text"));
    }
    const Json exact = {{"query", "automobile NOT mechanic"},
                        {"search_type", "hybrid"},
                        {"search_all_projects", true}};
    CHECK(vault.finds(exact, "Motor One"));
    CHECK_FALSE(vault.finds(exact, "Mechanic"));
    CHECK_FALSE(vault.finds(exact, "Car Two"));
    // The best of all projects is what the others are measured by.
    const auto shared = vault.search(
        {{"query", "automobile"}, {"search_type", "hybrid"}, {"search_all_projects", true}});
    double best = 0;
    for (const auto& row : shared["results"]) {
        if (row["why"].contains("text")) {
            best = std::max(best, -row["why"]["text"]["bm25"].get<double>());
        }
    }
    int of_other = 0;
    for (const auto& row : shared["results"]) {
        if (!row["why"].contains("text")) continue;
        const auto& text = row["why"]["text"];
        CHECK(text["share"].get<double>() == doctest::Approx(-text["bm25"].get<double>() / best));
        if (row["project"] == "other") ++of_other;
    }
    CHECK(of_other == 1);
}

TEST_CASE("projects that were not compared are named") {
    Vault vault(TemporaryKnowledgeBase::Options{});
    for (int i = 0; i < 40; ++i) {
        vault.note("more", "Number " + std::to_string(i), "counting " + std::to_string(i));
    }
    add_project(vault, "few");
    add_project(vault, "empty");
    vault.call("write_note", {{"title", "Motor Four"},
                              {"folder", "x"},
                              {"content", "The automobile"},
                              {"project", "few"}});
    const auto answer = vault.search(
        {{"query", "automobile"}, {"search_type", "vector"}, {"search_all_projects", true}});
    const auto notice = answer["notice"].get<std::string>();
    CHECK(contains(notice, "Project 'few' was not compared by meaning"));
    CHECK_FALSE(contains(notice, "empty"));
}

TEST_CASE("an endpoint that does not answer is named, and words are searched where they may be") {
    const Json config = {{"semantic_embedding_api_base", "http://127.0.0.1:1/v1"},
                         {"semantic_embedding_api_key", "sk-very-secret"},
                         {"semantic_search_enabled", true}};
    Vault vault(TemporaryKnowledgeBase::Options{config, std::nullopt});
    for (const char* type : {"vector", "semantic", "hybrid"}) {
        CAPTURE(type);
        const auto refused =
            vault.text("search_notes", {{"query", "automobile"}, {"search_type", type}});
        CHECK(refused.starts_with("# Search Failed - Embeddings Unavailable\n"));
        CHECK(contains(refused, "http://127.0.0.1:1"));
        CHECK(contains(refused, "search_type=\"text\""));
        CHECK_FALSE(contains(refused, "sk-very-secret"));
    }
    const auto words = vault.search({{"query", "automobile"}});
    CHECK(words["results"].size() == 3);
    CHECK(contains(words["notice"].get<std::string>(), "Only words were compared"));
    CHECK_FALSE(
        vault.search({{"query", "automobile"}, {"search_type", "text"}}).contains("notice"));
}

TEST_CASE("settings of an endpoint that cannot be used are said, and keep nobody from words") {
    Vault vault(TemporaryKnowledgeBase::Options{Json{{"semantic_embedding_api_base", "localhost"}},
                                                std::nullopt});
    CHECK(contains(vault.text("search_notes", {{"query", "automobile"}, {"search_type", "vector"}}),
                   "semantic_embedding_api_base is no address"));
    CHECK(vault.search({{"query", "automobile"}})["total"] == 3);
}
