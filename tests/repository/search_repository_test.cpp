#include "repository/search_repository.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <doctest/doctest.h>

#include "tests/repository/fixture.hpp"

using bm::ItemKind;
using bm::SearchRequest;
using bm::test::RepositoryFixture;
using bm::test::seconds;

namespace {

using Texts = std::vector<std::string>;

constexpr bm::KindSet kNotes = 0b001;
constexpr bm::KindSet kObservations = 0b010;
constexpr bm::KindSet kRelations = 0b100;

SearchRequest text(std::string typed) {
    SearchRequest request;
    request.criterion = SearchRequest::Text{std::move(typed)};
    return request;
}
SearchRequest title(std::string typed) {
    SearchRequest request;
    request.criterion = SearchRequest::Title{std::move(typed)};
    return request;
}
SearchRequest exact(std::string permalink) {
    SearchRequest request;
    request.criterion = SearchRequest::ExactPermalink{std::move(permalink)};
    return request;
}
SearchRequest pattern(std::string glob) {
    SearchRequest request;
    request.criterion = SearchRequest::PermalinkPattern{std::move(glob)};
    request.limit = 1'000;
    return request;
}

Texts titles(const bm::SearchPage& page) {
    Texts all;
    for (const auto& row : page.rows) all.push_back(row.title);
    return all;
}

Texts permalinks(const bm::SearchPage& page) {
    Texts all;
    for (const auto& row : page.rows) all.push_back(row.permalink.value_or("(none)"));
    return all;
}

Texts sorted(Texts texts) {
    std::sort(texts.begin(), texts.end());
    return texts;
}

/// Three notes about plants and one relation that resolves.
void fill(RepositoryFixture& it) {
    it.add({.path = "garden/Tomatoes.md",
            .title = "Tomatoes",
            .permalink = "garden/tomatoes",
            .type = "Plant Note",
            .metadata = R"({"status":"growing","height":"120","tags":["red","food"]})",
            .created = 100,
            .updated = 500,
            .body = "They need sun and water",
            .observations = {{"care", "Water them daily #water", {"water"}, {}},
                             {std::nullopt, "Plain fact", {}, {}}},
            .relations = {{"grows_with", "Basil", {}}, {"needs", "Sunny place", {}}}});
    it.add({.path = "garden/Basil.md",
            .title = "Basil",
            .permalink = "garden/basil",
            .created = 200,
            .updated = 200,
            .body = "A herb that likes water"});
    it.add({.path = "Plain.md",
            .title = "Plain",
            .created = 300,
            .updated = 300,
            .body = "no permalink here",
            .observations = {{"care", "Water rarely", {}, {}}},
            .has_permalink = false});
    it.resolve();
}

}  // namespace

TEST_CASE("an entity row shows the note") {
    RepositoryFixture it;
    fill(it);
    auto request = text("sun");
    request.kinds = kNotes;
    const auto page = it.tables.search.search(it.project, request);
    REQUIRE(page.rows.size() == 1);
    const auto& row = page.rows.front();
    CHECK(row.kind == ItemKind::entity);
    CHECK(row.title == "Tomatoes");
    CHECK(row.permalink == "garden/tomatoes");
    CHECK(row.entity_permalink == "garden/tomatoes");
    CHECK(row.path == "garden/Tomatoes.md");
    CHECK(row.content == "They need sun and water");
    CHECK(row.entity_type == "Plant Note");
    CHECK(row.external_id == it.tables.entities.by_id(row.entity)->external_id);
    CHECK(row.created == seconds(100));
    CHECK(row.updated == seconds(500));
    CHECK(row.score < 0);
    CHECK_FALSE(row.observation);
    CHECK_FALSE(row.relation);
    CHECK_FALSE(row.category);
}

TEST_CASE("an observation row shows its category and text and the permalink that is derived") {
    RepositoryFixture it;
    fill(it);
    auto request = text("daily");
    const auto page = it.tables.search.search(it.project, request);
    REQUIRE(page.rows.size() == 1);
    const auto& row = page.rows.front();
    CHECK(row.kind == ItemKind::observation);
    CHECK(row.title == "care: Water them daily #water...");
    CHECK(row.permalink == "garden/tomatoes/observations/care/water-them-daily-water");
    CHECK(row.content == "Water them daily #water");
    CHECK(row.category == "care");
    CHECK(row.tags == Texts{"water"});
    CHECK(row.entity_permalink == "garden/tomatoes");
    CHECK(row.path == "garden/Tomatoes.md");
    REQUIRE(row.observation);
    CHECK(it.tables.graph.observations_of(row.entity).front().id == *row.observation);

    it.add({.path = "long.md", .observations = {{"c", std::string(150, 'w') + " zebra", {}, {}}}});
    CHECK(it.tables.search.search(it.project, text("zebra")).rows.front().title ==
          "c: " + std::string(100, 'w') + "...");
}

TEST_CASE("13.1 item 53: a row of a long observation has the permalink that everybody computes") {
    RepositoryFixture it;
    const std::string content = "zebra " + std::string(300, 'z');
    it.add({.path = "n.md", .observations = {{"c", content, {}, {}}}});
    auto request = text("zebra");
    request.kinds = kObservations;
    const auto row = it.tables.search.search(it.project, request).rows.front();
    CHECK(row.permalink == bm::observation_permalink("n", "c", content));
    CHECK(it.tables.search.search(it.project, exact(*row.permalink)).rows.front().observation ==
          row.observation);
}

TEST_CASE("a relation row names source and target and never mixes them up") {
    RepositoryFixture it;
    // The target has the lower id: ordering by id would swap the ends.
    it.add({.path = "z-target.md", .title = "Target"});
    it.add({.path = "a-source.md",
            .title = "Source",
            .relations = {{"links_to", "Target", {}}, {"links_to", "Unknown zebra", {}}}});
    it.resolve();
    SearchRequest request;
    request.kinds = kRelations;
    const auto page = it.tables.search.search(it.project, request);
    REQUIRE(page.rows.size() == 2);
    const auto& resolved = page.rows[0];
    CHECK(resolved.title == "Source → Target");
    CHECK(resolved.from_permalink == "a-source");
    CHECK(resolved.to_permalink == "z-target");
    CHECK(resolved.relation_type == "links_to");
    CHECK(resolved.permalink == "a-source/links-to/z-target");
    CHECK_FALSE(resolved.content);
    CHECK(resolved.path == "a-source.md");
    CHECK(resolved.relation);
    const auto& waiting = page.rows[1];
    CHECK(waiting.title == "Source");
    CHECK_FALSE(waiting.to_permalink);
    CHECK(waiting.permalink == "a-source/links-to/unknown-zebra");
}

TEST_CASE("13.1 item 54: rows of a note without permalink are addressed by its path") {
    RepositoryFixture it;
    fill(it);
    auto request = text("rarely");
    const auto row = it.tables.search.search(it.project, request).rows.front();
    CHECK_FALSE(row.entity_permalink);
    CHECK(row.permalink == "plain.md/observations/care/water-rarely");
    CHECK(it.tables.search.search(it.project, exact("plain.md/observations/care/water-rarely"))
              .total == 1);
    request = text("permalink");
    request.kinds = kNotes;
    CHECK_FALSE(it.tables.search.search(it.project, request).rows.front().permalink);
}

TEST_CASE("a title search looks at titles only") {
    RepositoryFixture it;
    fill(it);
    auto request = title("basil");
    request.kinds = kNotes;
    CHECK(titles(it.tables.search.search(it.project, request)) == Texts{"Basil"});
    request = title("herb");
    CHECK(it.tables.search.search(it.project, request).total == 0);
}

TEST_CASE("13.1 item 76: pages of hits fit together and carry an exact total") {
    RepositoryFixture it;
    for (int i = 0; i < 25; ++i) it.add({.path = "n" + std::to_string(i) + ".md", .body = "zebra"});
    std::set<std::string> seen;
    for (std::size_t at = 0; at < 30; at += 10) {
        auto request = text("zebra");
        request.kinds = kNotes;
        request.offset = at;
        const auto page = it.tables.search.search(it.project, request);
        CHECK(page.total == 25);
        CHECK(page.has_more == (at + 10 < 25));
        for (const auto& row : page.rows) CHECK(seen.insert(row.path).second);
    }
    CHECK(seen.size() == 25);
}

TEST_CASE("13.1 item 79: a page of any size is loaded by a constant number of queries") {
    RepositoryFixture it;
    bm::Transaction transaction(it.tables.database);
    for (int i = 0; i < 200; ++i) {
        it.add({.path = std::to_string(i) + ".md",
                .observations = {{"c", "o", {}, {}}},
                .relations = {{"t", "0", {}}}});
    }
    it.resolve();
    transaction.commit();
    const auto queries = [&](std::size_t limit) {
        SearchRequest request;
        request.limit = limit;
        const auto before = it.tables.database.queries_run();
        CHECK(it.tables.search.search(it.project, request).rows.size() == limit);
        return it.tables.database.queries_run() - before;
    };
    CHECK(queries(600) <= 12);
    const auto patterns = [&](std::size_t limit) {
        auto request = pattern("1*");
        request.limit = limit;
        const auto before = it.tables.database.queries_run();
        (void)it.tables.search.search(it.project, request);
        return it.tables.database.queries_run() - before;
    };
    CHECK(patterns(300) <= 12);
}

TEST_CASE("13.1 item 88: rows of different kinds with one number are different rows") {
    RepositoryFixture it;
    for (int i = 0; i < 5; ++i)
        it.add({.path = std::to_string(i) + ".md",
                .observations = {{"c", "o", {}, {}}},
                .relations = {{"t", "x", {}}}});
    SearchRequest request;
    request.limit = 100;
    std::set<std::pair<int, std::int64_t>> seen;
    for (const auto& row : it.tables.search.search(it.project, request).rows) {
        const auto id = row.observation ? row.observation->value
                        : row.relation  ? row.relation->value
                                        : row.entity.value;
        CHECK(seen.emplace(static_cast<int>(row.kind), id).second);
    }
    CHECK(seen.size() == 15);
}

TEST_CASE("without a criterion notes come by path and then observations and then relations") {
    RepositoryFixture it;
    fill(it);
    for (const char* typed : {"*", "", "   ", " * "}) {
        CAPTURE(typed);
        const auto page = it.tables.search.search(it.project, text(typed));
        CHECK(titles(page) == Texts{"Plain", "Basil", "Tomatoes", "care: Water rarely...",
                                    "care: Water them daily #water...", "note: Plain fact...",
                                    "Tomatoes → Basil", "Tomatoes"});
        CHECK(page.total == 8);
        CHECK_FALSE(page.has_more);
        for (const auto& row : page.rows) {
            CHECK(row.score == 0);
            CHECK(std::signbit(row.score));
        }
    }
    CHECK(it.tables.search.search(it.project, {}).total == 8);
    CHECK(it.tables.search.search(it.project, title("*")).total == 8);
}

TEST_CASE("pages of a listing fit together whatever their size") {
    RepositoryFixture it;
    fill(it);
    for (const bool dated : {false, true}) {
        for (const bm::KindSet kinds : {bm::kAllKinds, kObservations | kRelations, kNotes}) {
            SearchRequest request;
            request.kinds = kinds;
            request.limit = 100;
            if (dated) request.changed_after = seconds(0);
            const auto all = titles(it.tables.search.search(it.project, request));
            for (std::size_t size = 1; size <= all.size(); ++size) {
                Texts joined;
                request.limit = size;
                for (request.offset = 0; request.offset < all.size() + size;
                     request.offset += size) {
                    const auto page = it.tables.search.search(it.project, request);
                    CHECK(page.total == static_cast<std::int64_t>(all.size()));
                    CHECK(page.has_more == (request.offset + size < all.size()));
                    for (auto& line : titles(page)) joined.push_back(line);
                }
                CAPTURE(size);
                CHECK(joined == all);
            }
        }
    }
}

TEST_CASE("13.1 item 75: a date limits by the last change and the newest come first") {
    RepositoryFixture it;
    fill(it);
    SearchRequest request;
    request.kinds = kNotes;
    const auto after = [&](std::int64_t at) {
        request.changed_after = seconds(at);
        return titles(it.tables.search.search(it.project, request));
    };
    CHECK(after(0) == Texts{"Tomatoes", "Plain", "Basil"});
    CHECK(after(200) == Texts{"Tomatoes", "Plain"});
    CHECK(after(499) == Texts{"Tomatoes"});
    CHECK(after(500).empty());
    auto words = text("water");
    words.changed_after = seconds(250);
    CHECK(sorted(titles(it.tables.search.search(it.project, words))) ==
          Texts{"Tomatoes", "care: Water rarely...", "care: Water them daily #water..."});
    words.changed_after = seconds(10'000);
    CHECK(it.tables.search.search(it.project, words).total == 0);
}

TEST_CASE("13.1 item 72: note types ignore case and spelling and mean notes alone") {
    RepositoryFixture it;
    fill(it);
    for (const char* type :
         {"Plant Note", "plant_note", "plant-note", "PlantNote", " plant note "}) {
        CAPTURE(type);
        SearchRequest request;
        request.note_types = {"nothing", type};
        CHECK(titles(it.tables.search.search(it.project, request)) == Texts{"Tomatoes"});
        request.criterion = SearchRequest::Text{"water"};
        CHECK(titles(it.tables.search.search(it.project, request)) == Texts{"Tomatoes"});
    }
    SearchRequest none;
    none.note_types = {"person"};
    CHECK(it.tables.search.search(it.project, none).total == 0);
    none.criterion = SearchRequest::Text{"water"};
    CHECK(it.tables.search.search(it.project, none).total == 0);
}

TEST_CASE("13.1 item 73: categories are exact and mean observations alone") {
    RepositoryFixture it;
    fill(it);
    SearchRequest request;
    request.categories = {"care"};
    CHECK(titles(it.tables.search.search(it.project, request)) ==
          Texts{"care: Water rarely...", "care: Water them daily #water..."});
    request.limit = 1;
    request.offset = 1;
    CHECK(titles(it.tables.search.search(it.project, request)) ==
          Texts{"care: Water them daily #water..."});
    CHECK(it.tables.search.search(it.project, request).total == 2);
    request = text("water");
    request.categories = {"care", "note"};
    CHECK(it.tables.search.search(it.project, request).total == 2);
    request.categories = {"Care"};
    CHECK(it.tables.search.search(it.project, request).total == 0);
    request.categories = {"care"};
    request.changed_after = seconds(400);
    CHECK(titles(it.tables.search.search(it.project, request)) ==
          Texts{"care: Water them daily #water..."});
    request.kinds = kNotes | kRelations;
    CHECK(it.tables.search.search(it.project, request).total == 0);
    request.kinds = bm::kAllKinds;
    request.note_types = {"note"};
    CHECK(it.tables.search.search(it.project, request).total == 0);
}

TEST_CASE("13.1 item 68: tags filter notes and all must be there") {
    RepositoryFixture it;
    fill(it);
    const auto tagged = [&](std::vector<bm::FilterScalar> tags) {
        SearchRequest request;
        request.kinds = kNotes;
        request.metadata = {{"tags", bm::MetadataFilter::Operator::contains_all, std::move(tags)}};
        return titles(it.tables.search.search(it.project, request));
    };
    CHECK(tagged({"red"}) == Texts{"Tomatoes"});
    CHECK(tagged({"red", "food"}) == Texts{"Tomatoes"});
    CHECK(tagged({"red", "blue"}).empty());
    CHECK(tagged({"Red"}).empty());
}

TEST_CASE("metadata filters compare as their values say") {
    using Operator = bm::MetadataFilter::Operator;
    struct Case {
        const char* name;
        bm::MetadataFilter filter;
        Texts found;
    };
    RepositoryFixture it;
    // As frontmatter is stored: numbers and truth values as texts.
    const auto note = [&it](const char* name, const char* metadata) {
        it.add({.path = name, .title = name, .metadata = metadata});
    };
    note(
        "a",
        R"({"n":"3","done":"True","status":"open","when":"2024-01-15","list":["x","y","7"],"deep":{"er":{"k":"v"}}})");
    note(
        "b",
        R"({"n":"10","done":"False","status":"closed","when":"2024-03-01","list":["x"],"deep":{"er":"flat"}})");
    note("c", R"({"n":"2.50","status":"Open","list":"x","list2":{"k":"x"}})");
    note("d", R"({"n":"many","done":"yes"})");
    note("e", R"({"n":7,"done":true,"list":[1,2.5,true,null]})");
    note("f", "{}");
    note("g", "not json at all");
    const Case cases[] = {
        {"text", {"status", Operator::equals, {"open"}}, {"a"}},
        {"number", {"n", Operator::equals, {3.0}}, {"a"}},
        {"number in another spelling", {"n", Operator::equals, {2.5}}, {"c"}},
        {"number as text is spelled alike", {"n", Operator::equals, {"2.5"}}, {}},
        {"number as text", {"n", Operator::equals, {"3"}}, {"a"}},
        {"stored number", {"n", Operator::equals, {"7"}}, {"e"}},
        {"true", {"done", Operator::equals, {true}}, {"a", "e"}},
        {"false", {"done", Operator::equals, {false}}, {"b"}},
        {"nothing", {"none", Operator::equals, {"x"}}, {}},
        {"descends", {"deep.er.k", Operator::equals, {"v"}}, {"a"}},
        {"descends to a text", {"deep.er", Operator::equals, {"flat"}}, {"b"}},
        {"a list is not its text", {"list", Operator::equals, {R"(["x"])"}}, {}},
        {"in", {"status", Operator::in, {"open", "closed", "other"}}, {"a", "b"}},
        {"in numbers", {"n", Operator::in, {3.0, 10.0, "many"}}, {"a", "b", "d"}},
        {"greater", {"n", Operator::greater, {3.0}}, {"b", "e"}},
        {"greater as text", {"n", Operator::greater, {"3"}}, {"b", "e"}},
        {"at least", {"n", Operator::greater_equal, {3.0}}, {"a", "b", "e"}},
        {"less", {"n", Operator::less, {3.0}}, {"c"}},
        {"at most", {"n", Operator::less_equal, {3.0}}, {"a", "c"}},
        {"between", {"n", Operator::between, {2.5, 7.0}}, {"a", "c", "e"}},
        {"between texts of numbers", {"n", Operator::between, {"2", "3"}}, {"a", "c"}},
        {"dates are texts", {"when", Operator::greater_equal, {"2024-02"}}, {"b"}},
        {"dates between", {"when", Operator::between, {"2024-01-01", "2024-01-31"}}, {"a"}},
        {"a mixed pair is text", {"n", Operator::between, {"10", "3a"}}, {"a", "b", "c"}},
        {"list", {"list", Operator::contains_all, {"x"}}, {"a", "b", "c"}},
        {"list of all", {"list", Operator::contains_all, {"x", "y"}}, {"a"}},
        {"number in a list of texts", {"list", Operator::contains_all, {7.0}}, {"a"}},
        {"number in a list of numbers", {"list", Operator::contains_all, {2.5, 1.0}}, {"e"}},
        {"truth in a list", {"list", Operator::contains_all, {true}}, {"e"}},
        {"a map is no list", {"list2", Operator::contains_all, {"x"}}, {}},
        {"a key that cannot be", {"a\"b", Operator::equals, {"x"}}, {}},
        {"an empty part", {"deep..k", Operator::equals, {"v"}}, {}},
        {"SQL in a key", {"n') OR 1=1 --", Operator::equals, {"x"}}, {}},
        {"too few values", {"n", Operator::between, {3.0}}, {}},
        {"an injection in a value", {"status", Operator::equals, {"' OR '1'='1"}}, {}},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        SearchRequest request;
        request.metadata = {each.filter};
        const auto page = it.tables.search.search(it.project, request);
        CHECK(titles(page) == each.found);
        CHECK(page.total == static_cast<std::int64_t>(each.found.size()));
    }
    SearchRequest both;
    both.metadata = {{"status", Operator::in, {"open", "closed"}}, {"n", Operator::greater, {5.0}}};
    CHECK(titles(it.tables.search.search(it.project, both)) == Texts{"b"});
}

TEST_CASE("a filter on metadata holds for the note of an observation or relation") {
    RepositoryFixture it;
    fill(it);
    SearchRequest request = text("water");
    request.metadata = {{"status", bm::MetadataFilter::Operator::equals, {"growing"}}};
    CHECK(sorted(titles(it.tables.search.search(it.project, request))) ==
          Texts{"Tomatoes", "care: Water them daily #water..."});
    request.criterion = SearchRequest::Everything{};
    CHECK(it.tables.search.search(it.project, request).total == 5);
    request.criterion = SearchRequest::PermalinkPattern{"garden/*"};
    CHECK(it.tables.search.search(it.project, request).total == 5);
    request.criterion = SearchRequest::ExactPermalink{"garden/basil"};
    CHECK(it.tables.search.search(it.project, request).total == 0);
}

TEST_CASE("a filter with very many values is still one query") {
    RepositoryFixture it;
    fill(it);
    SearchRequest request;
    bm::MetadataFilter filter{"status", bm::MetadataFilter::Operator::in, {}};
    for (int i = 0; i < 5'000; ++i) filter.values.emplace_back("v" + std::to_string(i));
    filter.values.emplace_back("growing");
    request.metadata = {filter};
    request.kinds = kNotes;
    for (int i = 0; i < 5'000; ++i) request.note_types.push_back("t" + std::to_string(i));
    request.note_types.push_back("plant note");
    CHECK(titles(it.tables.search.search(it.project, request)) == Texts{"Tomatoes"});
}

TEST_CASE("an exact permalink finds the note or the item it is derived from") {
    RepositoryFixture it;
    fill(it);
    CHECK(titles(it.tables.search.search(it.project, exact("garden/tomatoes"))) ==
          Texts{"Tomatoes"});
    CHECK(titles(it.tables.search.search(it.project,
                                         exact("garden/tomatoes/observations/note/plain-fact"))) ==
          Texts{"note: Plain fact..."});
    CHECK(titles(it.tables.search.search(it.project,
                                         exact("garden/tomatoes/grows-with/garden/basil"))) ==
          Texts{"Tomatoes → Basil"});
    CHECK(titles(it.tables.search.search(it.project, exact("garden/tomatoes/needs/sunny-place"))) ==
          Texts{"Tomatoes"});
    for (const char* none : {"", "garden", "garden/tomatoes/", "garden/*", "GARDEN/TOMATOES",
                             "garden/tomatoes/observations", "/"}) {
        CAPTURE(none);
        CHECK(it.tables.search.search(it.project, exact(none)).total == 0);
    }
}

TEST_CASE("a pattern of permalinks finds notes and what stands in them") {
    RepositoryFixture it;
    fill(it);
    const auto matching = [&](const std::string& glob) {
        return permalinks(it.tables.search.search(it.project, pattern(glob)));
    };
    CHECK(matching("garden/*") == Texts{"garden/basil", "garden/tomatoes",
                                        "garden/tomatoes/observations/care/water-them-daily-water",
                                        "garden/tomatoes/observations/note/plain-fact",
                                        "garden/tomatoes/grows-with/garden/basil",
                                        "garden/tomatoes/needs/sunny-place"});
    CHECK(matching(" GARDEN/B* ") == Texts{"garden/basil"});
    CHECK(matching("*basil") == Texts{"garden/basil", "garden/tomatoes/grows-with/garden/basil"});
    CHECK(matching("garden/tomatoes/observations/*") ==
          Texts{"garden/tomatoes/observations/care/water-them-daily-water",
                "garden/tomatoes/observations/note/plain-fact"});
    CHECK(matching("garden/tomatoes/obs*fact") ==
          Texts{"garden/tomatoes/observations/note/plain-fact"});
    CHECK(matching("*/care/*") == Texts{"garden/tomatoes/observations/care/water-them-daily-water",
                                        "plain.md/observations/care/water-rarely"});
    CHECK(matching("plain.md/*") == Texts{"plain.md/observations/care/water-rarely"});
    CHECK(matching("*").size() == 8);
    CHECK(matching("nothing/*").empty());
    CHECK(matching("garden/basil") == Texts{"garden/basil"});
    CHECK(matching("garden/[bt]*").empty());
    CHECK(matching("garden/?asil*").empty());
}

TEST_CASE("pages of a pattern fit together and its filters hold") {
    RepositoryFixture it;
    fill(it);
    for (const char* glob : {"garden/*", "*a*", "*/care/*"}) {
        auto request = pattern(glob);
        const auto all = permalinks(it.tables.search.search(it.project, request));
        for (std::size_t size = 1; size <= all.size(); ++size) {
            Texts joined;
            request.limit = size;
            for (request.offset = 0; request.offset < all.size(); request.offset += size) {
                const auto page = it.tables.search.search(it.project, request);
                CHECK(page.total == static_cast<std::int64_t>(all.size()));
                for (auto& each : permalinks(page)) joined.push_back(each);
            }
            CHECK(joined == all);
        }
    }
    auto request = pattern("garden/*");
    request.categories = {"note"};
    CHECK(titles(it.tables.search.search(it.project, request)) == Texts{"note: Plain fact..."});
    request.categories.clear();
    request.kinds = kRelations;
    CHECK(it.tables.search.search(it.project, request).total == 2);
    request.kinds = bm::kAllKinds;
    request.changed_after = seconds(400);
    CHECK(it.tables.search.search(it.project, request).total == 5);
}

TEST_CASE("every row is found again by the permalink it shows") {
    RepositoryFixture it;
    it.add({.path = "Ünï Côde/Größe 中文.md",
            .permalink = "Custom Permalink/ÄÖ",
            .observations = {{"Kat Egorie", "Inhalt/mit ½ Zeichen.", {}, {}}},
            .relations = {{"is Part_of", "日本 target", {}}}});
    it.add({.path = "deep/er/CamelCase_note v2.0.md",
            .observations = {{"c", "see config.json", {}, {}},
                             {"c", "🎉", {}, {}},
                             {"c", std::string(250, 'q'), {}, {}}},
            .relations = {{"t", "x#y", {}}},
            .has_permalink = false});
    it.add({.path = "a.b/c.md", .permalink = "a.b/c.md", .observations = {{"x y", "z", {}, {}}}});
    SearchRequest request;
    request.limit = 100;
    const auto all = it.tables.search.search(it.project, request);
    CHECK(all.rows.size() == 10);
    for (const auto& row : all.rows) {
        if (!row.permalink) continue;
        CAPTURE(*row.permalink);
        const auto found = it.tables.search.search(it.project, exact(*row.permalink));
        REQUIRE(found.total >= 1);
        CHECK(std::any_of(found.rows.begin(), found.rows.end(), [&](const auto& each) {
            return each.kind == row.kind && each.observation == row.observation &&
                   each.relation == row.relation && each.entity == row.entity;
        }));
    }
}

TEST_CASE("13.1 item 71: words that find nothing together are tried alone when that is asked for") {
    RepositoryFixture it;
    it.add({.path = "a.md", .body = "zebra alone"});
    auto request = text("zebra quagga okapi");
    CHECK(it.tables.search.search(it.project, request).total == 0);
    request.relax = true;
    CHECK(titles(it.tables.search.search(it.project, request)) == Texts{"a"});
    request = text("zebra quagga");
    request.relax = true;
    CHECK(it.tables.search.search(it.project, request).total == 0);
    request = title("zebra quagga okapi");
    request.relax = true;
    CHECK(it.tables.search.search(it.project, request).total == 0);
}

TEST_CASE("13.1 item 78: what was deleted or replaced is not found any more") {
    RepositoryFixture it;
    const auto entity =
        it.add({.path = "a.md", .body = "zebra", .observations = {{"c", "quagga", {}, {}}}});
    REQUIRE(it.tables.search.search(it.project, text("zebra")).total == 1);
    auto docs = it.tables.graph.text_docs(entity.id);
    docs.push_back(it.tables.entities.text_doc(entity.id));
    it.tables.text.erase(it.project, docs);
    it.add({.path = "a.md", .body = "okapi"});
    CHECK(it.tables.search.search(it.project, text("zebra")).total == 0);
    CHECK(it.tables.search.search(it.project, text("quagga")).total == 0);
    CHECK(it.tables.search.search(it.project, text("okapi")).total == 1);
}

TEST_CASE("a search stays in its project") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    fill(it);
    it.add(other, {.path = "garden/tomatoes.md",
                   .body = "water",
                   .observations = {{"care", "water", {}, {}}}});
    CHECK(it.tables.search.search(other, text("water")).total == 2);
    CHECK(it.tables.search.search(other, {}).total == 2);
    CHECK(it.tables.search.search(other, pattern("garden/*")).total == 2);
    CHECK(it.tables.search.search(other, exact("garden/basil")).total == 0);
    auto request = text("water");
    request.categories = {"care"};
    CHECK(it.tables.search.search(other, request).total == 1);
}
