#include <algorithm>
#include <variant>

#include <doctest/doctest.h>

#include "sync/note_store.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;

/// Titles of the notes that a text search finds, sorted.
std::vector<std::string> found(KnowledgeFixture& fixture, const std::string& text) {
    SearchRequest request;
    request.criterion = SearchRequest::Text{text};
    request.kinds = 1U << static_cast<unsigned>(ItemKind::entity);
    std::vector<std::string> titles;
    const auto id = fixture.project().id;
    fixture.read_index([&](Tables& tables) {
        for (const auto& row : tables.search.search(id, request).rows) titles.push_back(row.title);
    });
    std::sort(titles.begin(), titles.end());
    return titles;
}

void store(KnowledgeFixture& fixture, const std::string& title, const std::string& content) {
    NoteStore notes(fixture.knowledge(), fixture.project());
    NoteDraft draft;
    draft.title = title;
    draft.type = "note";
    draft.content = content;
    REQUIRE(std::holds_alternative<StoredNote>(notes.write("", draft, true)));
}

TEST_CASE("13.1 item 70: a note is searched to its last word") {
    KnowledgeFixture fixture;
    std::string text;
    while (text.size() < 200'000) text += "filling that says little. ";
    store(fixture, "Long", text + "\n\nand at the end a quokka");
    CHECK(found(fixture, "quokka") == std::vector<std::string>{"Long"});
    CHECK(found(fixture, "wombat").empty());
}

TEST_CASE("13.1 item 69: words with a hyphen work in boolean queries") {
    KnowledgeFixture fixture;
    store(fixture, "One", "a tier1-test of the unicode tables");
    store(fixture, "Two", "a tier2-test of the same");
    store(fixture, "Three", "nothing of either");
    using Titles = std::vector<std::string>;
    CHECK(found(fixture, "tier1-test AND unicode") == Titles{"One"});
    CHECK(found(fixture, "tier1-test OR tier2-test") == Titles{"One", "Two"});
    CHECK(found(fixture, "same NOT tier1-test") == Titles{"Two"});
    CHECK(found(fixture, "(tier1-test OR tier2-test) AND same") == Titles{"Two"});
}

}  // namespace
}  // namespace bm
