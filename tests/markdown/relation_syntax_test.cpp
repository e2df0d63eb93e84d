#include "markdown/relation_syntax.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "markdown/inline_runs.hpp"
#include "tests/support/text_maker.hpp"
#include "tests/support/vectors.hpp"

namespace {

using bm::Relation;
using bm::test::Json;

Json relations_of(const std::string& body) {
    Json found = Json::array();
    for (const bm::InlineRun& run : bm::inline_runs(body)) {
        for (const Relation& relation : bm::parse_relations(run.text, run.in_list_item)) {
            Json entry;
            entry["type"] = relation.type;
            entry["target"] = relation.target;
            entry["context"] = relation.context ? Json(*relation.context) : Json(nullptr);
            found.push_back(std::move(entry));
        }
    }
    return found;
}

std::vector<std::string> types_of(std::string_view item) {
    std::vector<std::string> types;
    for (const Relation& relation : bm::parse_relations(item, true)) types.push_back(relation.type);
    return types;
}

}  // namespace

TEST_CASE("every recorded body gives its relations") {
    const Json rows = bm::test::read_vectors("relations");
    REQUIRE(rows.size() > 110);
    for (const Json& row : rows) {
        const auto body = row[0].get<std::string>();
        CAPTURE(body);
        CHECK(relations_of(body) == bm::test::expected_of(row));
    }
}

TEST_CASE("13.1 item 14: prose before a link is no type and several words must be quoted") {
    using Types = std::vector<std::string>;
    CHECK(types_of("relates to [[T]]") == Types{"links_to"});
    CHECK(types_of("\"relates to\" [[T]]") == Types{"relates to"});
    CHECK(types_of("' relates to ' [[T]]") == Types{"relates to"});
    CHECK(types_of("\"relates to [[T]]") == Types{"links_to"});
    CHECK(types_of("\" \" [[T]]") == Types{"links_to"});
    CHECK(types_of("\"a\" \"b\" [[T]]") == Types{"links_to"});
    CHECK(types_of("\"one\" [[T]]") == Types{"one"});
    CHECK(types_of("\"one [[T]]") == Types{"\"one"});
    CHECK(types_of("two\u00A0words [[T]]") == Types{"links_to"});
}

TEST_CASE("13.1 item 15: text behind the target makes every link of the line an inline link") {
    const auto links = bm::parse_relations("uses [[First]] and [[Second]] #tag", true);
    REQUIRE(links.size() == 2);
    CHECK(links[0] == Relation{"links_to", "First", std::nullopt});
    CHECK(links[1] == Relation{"links_to", "Second", std::nullopt});
    CHECK(types_of("uses [[T]] (one) (two)") == std::vector<std::string>{"links_to"});
}

TEST_CASE("a check box before a link is no type") {
    for (const char* item : {"[x] [[T]]", "[ ] [[T]]", "[-] [[T]]", "[X] [[T]]", "[/] [[T]]"}) {
        CAPTURE(item);
        CHECK(types_of(item) == std::vector<std::string>{"links_to"});
    }
}

TEST_CASE("a target in another project is addressed like a path") {
    const auto target = [](std::string_view run) {
        return bm::parse_relations(run, false).front().target;
    };
    CHECK(target("see [[project::Note]]") == "project/Note");
    CHECK(target("see [[project::Note|a::b]]") == "project/Note|a::b");
    CHECK(target("see [[Note|a::b]]") == "Note|a::b");
    CHECK(target("see [[::Note]]") == "::Note");
    CHECK(target("see [[Note::]]") == "Note::");
    CHECK(target("see [[a/b::c]]") == "a/b::c");
    CHECK(target("see [[Note#a::b]]") == "Note#a::b");
    CHECK(target("see [[a::b::c]]") == "a/b::c");
}

TEST_CASE("only links outside list items are inline") {
    CHECK(bm::parse_relations("cites [[T]]", false) ==
          std::vector<Relation>{{"links_to", "T", std::nullopt}});
    CHECK(bm::parse_relations("cites [[T]]", true) ==
          std::vector<Relation>{{"cites", "T", std::nullopt}});
    CHECK(relations_of("- a\n  - b\n\n  cites [[T]]") ==
          Json::parse(R"([{"type":"links_to","target":"T","context":null}])"));
}

TEST_CASE("an unclosed link hides what follows it and costs no more than one look") {
    CHECK(bm::parse_relations("[[open [[a]] b", false).empty());
    CHECK(bm::parse_relations("[[a]] [[open [[b]]", false).size() == 1);
    std::string many;
    for (int i = 0; i < 200'000; ++i) many += "[[";
    CHECK(bm::parse_relations(many, true).empty());
    CHECK(bm::parse_relations("x " + many + "]]", true).size() == 1);
}

TEST_CASE("a relation that is written reads back as itself") {
    bm::test::TextMaker maker(11);
    const std::vector<std::string_view> words{"a",  " ",  "_x", "é",  "|alias", "#head", "(p)",
                                              "::", "日", "]",  "\"", "'",      "-"};
    int seen = 0;
    for (int round = 0; round < 6000; ++round) {
        const std::string item = maker.text(words, 3) + " [[" + maker.text(words, 4) + "]] (" +
                                 maker.text({"x", " ", "(y)", "z"}, 3) + ")";
        for (const Relation& relation : bm::parse_relations(item, true)) {
            ++seen;
            const std::string line = bm::write_relation(relation);
            CAPTURE(item);
            CAPTURE(line);
            REQUIRE(line.substr(0, 2) == "- ");
            const auto again = bm::parse_relations(line.substr(2), true);
            REQUIRE(again.size() == 1);
            CHECK(again.front() == relation);
        }
    }
    CHECK(seen > 3000);
    CHECK(bm::write_relation({"relates to", "T", "why"}) == "- \"relates to\" [[T]] (why)");
    CHECK(bm::write_relation({"say \"x\" y", "T", std::nullopt}) == "- 'say \"x\" y' [[T]]");
}

TEST_CASE("a link's target is what stands before the shown text") {
    CHECK(bm::link_target("[[ Note | shown ]]") == "Note");
    CHECK(bm::link_target("Note|shown") == "Note");
    CHECK(bm::link_target("[[]]") == "");
    CHECK(bm::link_target("Note#Heading") == "Note#Heading");
    CHECK(bm::link_target_without_anchor("[[Note#Heading|shown]]") == "Note");
    CHECK(bm::link_target_without_anchor("Note#^block") == "Note");
    CHECK(bm::link_target_without_anchor("Note^block") == "Note");
    CHECK(bm::link_target_without_anchor("Note") == "Note");
    CHECK(bm::link_target_without_anchor("#Heading") == "");
}
