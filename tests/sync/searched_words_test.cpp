#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

// What a plain query finds in files that were indexed.

namespace bm {
namespace {

using test::KnowledgeFixture;
using Found = std::vector<std::string>;

Found found(KnowledgeFixture& fixture, std::string query, bool relax) {
    SearchRequest request;
    request.criterion = SearchRequest::Text{std::move(query)};
    request.relax = relax;
    request.kinds = 0b001;  // notes
    const auto id = fixture.project().id;
    return fixture.read_index([&](Tables& tables) {
        Found paths;
        for (const auto& row : tables.search.search(id, request).rows) {
            paths.push_back(tables.entities.by_id(row.entity)->path.str());
        }
        return paths;
    });
}

TEST_CASE("13.1 item 68: a plain query finds the words of a note's tags") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "---\ntags: [quagga, two-part]\n---\nno such word\n");
    fixture.write("b.md", "nothing of that\n");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    CHECK(found(fixture, "quagga", false) == Found{"a.md"});
    CHECK(found(fixture, "two-part", false) == Found{"a.md"});
    fixture.write("a.md", "no such word and no tag any more\n");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    CHECK(found(fixture, "quagga", false).empty());
}

TEST_CASE("13.1 item 71: words of any script that find nothing together are tried alone") {
    KnowledgeFixture fixture;
    const std::vector<std::pair<std::string, std::string>> notes{
        {"cyrillic.md", "заметка проект план"}, {"greek.md", "σημείωση έργο σχέδιο"},
        {"devanagari.md", "हिन्दी भाषा शब्द"},    {"thai.md", "บันทึก โครงการ แผน"},
        {"hebrew.md", "פתק מיזם תכנית"},        {"georgian.md", "ჩანაწერი პროექტი გეგმა"}};
    for (const auto& [path, words] : notes) fixture.write(path, words + "\n");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    for (const auto& [path, words] : notes) {
        CAPTURE(path);
        const std::string query = words.substr(0, words.rfind(' ')) + " quagga";
        CHECK(found(fixture, words, false) == Found{path});
        CHECK(found(fixture, query, false).empty());
        CHECK(found(fixture, query, true) == Found{path});
    }
}

}  // namespace
}  // namespace bm
