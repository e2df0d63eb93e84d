#include <algorithm>
#include <filesystem>
#include <mutex>

#include <doctest/doctest.h>

#include "server/http_response.hpp"
#include "server/http_server.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace {

using bm::Json;
using bm::test::TemporaryKnowledgeBase;

/// Speaks as servers of embeddings do, with a table of words for a model.
class WordServer final : public bm::HttpService {
public:
    void serve(bm::HttpExchange& exchange) override {
        if (!exchange.read_body(std::size_t{4} << 20U)) return;
        const Json request = Json::parse(exchange.request().body, nullptr, false);
        Json data = Json::array();
        const std::scoped_lock lock(mutex_);
        for (const auto& each : request["input"]) {
            const auto text = each.get<std::string>();
            texts_.push_back(text);
            if (!refused_.empty() && text.find(refused_) != std::string::npos) {
                exchange.answer(bm::plain_response(400, R"({"error": "input is too long"})"));
                return;
            }
            data.push_back({{"index", data.size()}, {"embedding", direction(text)}});
        }
        exchange.answer(bm::plain_response(200, Json{{"data", data}}.dump()));
    }

    void refuse(std::string word) {
        const std::scoped_lock lock(mutex_);
        refused_ = std::move(word);
    }
    bool was_asked(std::string_view part) {
        const std::scoped_lock lock(mutex_);
        return std::any_of(texts_.begin(), texts_.end(), [&](const std::string& text) {
            return text.find(part) != std::string::npos;
        });
    }

private:
    static Json direction(const std::string& text) {
        const auto has = [&](std::initializer_list<const char*> words) {
            return std::any_of(words.begin(), words.end(), [&](const char* word) {
                return text.find(word) != std::string::npos;
            });
        };
        return {has({"car", "automobile", "vehicle"}) ? 1.0 : 0.0,
                has({"soup", "broth"}) ? 1.0 : 0.0, 0.1};
    }

    std::mutex mutex_;
    std::string refused_;
    std::vector<std::string> texts_;
};

struct EndpointVault {
    explicit EndpointVault(Json more = Json::object()) {
        Json config = {{"semantic_embedding_api_base",
                        "http://127.0.0.1:" + std::to_string(server->port()) + "/v1"},
                       {"semantic_embedding_model", "words"}};
        config.update(more);
        base.emplace(TemporaryKnowledgeBase::Options{config, std::nullopt});
    }
    Json search(Json arguments) {
        const auto answer = base->call("search_notes", std::move(arguments));
        CAPTURE(TemporaryKnowledgeBase::text_of(answer));
        REQUIRE(answer.value.is_object());
        return answer.value;
    }
    std::vector<std::string> titles(Json arguments) {
        std::vector<std::string> found;
        const Json answer = search(std::move(arguments));
        for (const auto& row : answer["results"]) found.push_back(row["title"]);
        std::sort(found.begin(), found.end());
        return found;
    }

    WordServer words;
    std::unique_ptr<bm::HttpServer> server = std::move(*bm::HttpServer::open(words, {}));
    std::optional<TemporaryKnowledgeBase> base;
};

using Titles = std::vector<std::string>;

}  // namespace

TEST_CASE("an endpoint finds what means the same, and the passage that fits is shown") {
    EndpointVault vault;
    vault.base->note("a", "Ride", "Nothing here\n\n- an automobile with wheels");
    vault.base->note("a", "Meal", "A soup with onions");
    const auto answer = vault.search({{"query", "vehicle"}, {"search_type", "vector"}});
    REQUIRE(answer["results"].size() == 1);
    const auto& row = answer["results"][0];
    CHECK(row["title"] == "Ride");
    CHECK(row["why"]["meaning"]["similarity"].get<double>() > 0.9);
    CHECK(row["why"]["meaning"]["passage"] == "- an automobile with wheels");
    CHECK_FALSE(answer.contains("notice"));
    CHECK(vault.base
              ->text("search_notes",
                     {{"query", "vehicle"}, {"search_type", "vector"}, {"output_format", "text"}})
              .find("(passage: - an automobile with wheels)") != std::string::npos);
}

TEST_CASE("the lowest similarity of an endpoint is the configuration's, and 0 lets all pass") {
    struct Case {
        double lowest;
        Titles found;
    };
    for (const auto& [lowest, found] :
         {Case{0.55, {"Both", "Ride"}}, Case{0.9, {"Ride"}}, Case{0, {"Both", "Meal", "Ride"}}}) {
        CAPTURE(lowest);
        EndpointVault vault(Json{{"semantic_min_similarity", lowest}});
        vault.base->note("a", "Ride", "a car");
        vault.base->note("a", "Both", "a car and a soup");
        vault.base->note("a", "Meal", "a soup");
        const Json asked = {{"query", "vehicle"}, {"search_type", "vector"}};
        CHECK(vault.titles(asked) == found);
    }
}

TEST_CASE("a passage that an endpoint refuses keeps no note from being found") {
    EndpointVault vault;
    vault.words.refuse("endless");
    vault.base->note("a", "Bad", "an endless car");
    for (int i = 0; i < 5; ++i) vault.base->note("a", "Ride " + std::to_string(i), "a car");
    const auto answer = vault.search({{"query", "vehicle"}, {"search_type", "vector"}});
    CHECK(answer["results"].size() == 5);
    CHECK_FALSE(answer.contains("notice"));
}

TEST_CASE("a note that is left out is neither sent nor found, whatever it is called") {
    EndpointVault vault;
    vault.base->call("write_note", {{"title", "Secret car"},
                                    {"folder", "a"},
                                    {"content", "a car"},
                                    {"metadata", {{"embed", false}}}});
    REQUIRE(vault.base->file("a/Secret car.md").find("embed: false") != std::string::npos);
    vault.base->note("a", "Ride", "a car");
    CHECK(vault.titles({{"query", "vehicle"}, {"search_type", "vector"}}) == Titles{"Ride"});
    CHECK_FALSE(vault.words.was_asked("Secret"));
}

TEST_CASE("of files that cannot be read nobody says that they are being prepared") {
    EndpointVault vault;
    vault.base->note("a", "Ride", "a car");
    vault.base->note("a", "Away", "a car");
    std::filesystem::remove(vault.base->project_folder() / "a/Away.md");
    for (int i = 0; i < 2; ++i) {
        const auto answer = vault.search({{"query", "vehicle"}, {"search_type", "vector"}});
        CHECK(answer["results"].size() == 1);
        CHECK(answer.value("notice", "") ==
              "Of 2 files only 1 could be compared by meaning; 1 cannot be read now.");
    }
}
