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

/// Ids, texts and targets of what a note says, in the order of its rows.
struct Said {
    std::vector<std::int64_t> ids;
    std::vector<std::string> texts;
};

Said said(KnowledgeFixture& fixture, const std::string& path) {
    Said all;
    const auto id = fixture.project().id;
    fixture.read_index([&](Tables& tables) {
        const auto entity = tables.entities.by_path(id, path);
        REQUIRE(entity);
        for (const auto& each : tables.graph.observations_of(entity->id)) {
            all.ids.push_back(each.id.value);
            all.texts.push_back(each.category + ' ' + each.content + ' ' +
                                each.context.value_or("-"));
        }
        for (const auto& edge : tables.graph.outgoing(entity->id)) {
            all.ids.push_back(edge.relation.id.value);
            all.texts.push_back(edge.relation.type + ' ' + edge.relation.to_name + ' ' +
                                edge.relation.context.value_or("-") + " > " +
                                edge.to_title.value_or("-"));
        }
    });
    return all;
}

TEST_CASE("an edit of the text alone leaves the rows of observations and relations as they are") {
    KnowledgeFixture fixture;
    const std::string rows = "\n- [fact] water is wet #blue (always)\n- uses [[Other]] (daily)\n";
    store(fixture, "Note", "old words" + rows);
    const auto before = said(fixture, "Note.md");
    REQUIRE(before.texts ==
            std::vector<std::string>{"fact water is wet #blue always", "uses Other daily > -"});
    store(fixture, "Note", "new words" + rows);
    CHECK(said(fixture, "Note.md").ids == before.ids);
    CHECK(found(fixture, "old").empty());
    CHECK(found(fixture, "new") == std::vector<std::string>{"Note"});
    CHECK(found(fixture, "wet") == std::vector<std::string>{"Note"});
    store(fixture, "Other", "the target");
    CHECK(said(fixture, "Note.md").texts.back() == "uses Other daily > Other");
    store(fixture, "Note", "newer words" + rows);
    CHECK(said(fixture, "Note.md").ids == before.ids);
    CHECK(said(fixture, "Note.md").texts.back() == "uses Other daily > Other");
}

TEST_CASE("whatever a note said before its rows are those of what it says now") {
    const std::vector<std::string> versions{
        "- [a] one\n- [b] two\n- uses [[X]]\n- needs [[Y]]\n",
        "- [a] one\n- [b] two\n- [c] three\n- uses [[X]]\n- needs [[Y]]\n- likes [[Z]]\n",
        "- [a] one\n- [b] two (why)\n- uses [[X]] (how)\n- needs [[Y]]\n",
        "- [z] zero\n- [a] one\n- needs [[Y]]\n- uses [[X]]\n",
        "- [a] one #tag\n- [b] two\n- uses [[x]]\n",
        "- uses [[X]]\n- uses [[X]]\n- uses [[X]] (again)\n",
        "nothing of the kind\n",
    };
    for (std::size_t first = 0; first < versions.size(); ++first) {
        for (std::size_t second = 0; second < versions.size(); ++second) {
            CAPTURE(first);
            CAPTURE(second);
            KnowledgeFixture changed;
            store(changed, "Y", "a target");
            store(changed, "Note", versions[first]);
            store(changed, "Note", versions[second]);
            KnowledgeFixture fresh;
            store(fresh, "Y", "a target");
            store(fresh, "Note", versions[second]);
            CHECK(said(changed, "Note.md").texts == said(fresh, "Note.md").texts);
            for (const char* word : {"one", "two", "three", "zero", "kind", "uses", "x", "z"}) {
                CAPTURE(word);
                CHECK(found(changed, word) == found(fresh, word));
            }
        }
    }
}

}  // namespace
}  // namespace bm
