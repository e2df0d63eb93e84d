#include "repository/text_index.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/repository/text_index_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using bm::Database;
using bm::ItemKind;
using bm::TextDoc;
using bm::TextIndex;
using bm::TextIndexFixture;
using bm::TextQuery;
using bm::Transaction;
using bm::WrittenDocument;

WrittenDocument note(std::string title, std::string content) {
    return {ItemKind::entity, std::move(title), std::move(content)};
}

std::vector<std::int64_t> numbers(const std::vector<TextDoc>& docs) {
    std::vector<std::int64_t> numbers;
    for (const auto doc : docs) numbers.push_back(doc.value);
    return numbers;
}

std::string repeated(const std::string& text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

}  // namespace

TEST_CASE("numbers of documents are consecutive and never used twice") {
    TextIndexFixture index;
    Transaction transaction(index.database);
    const auto first = index.index.allocate(3);
    const auto second = index.index.allocate(1);
    CHECK(second.value == first.value + 3);
    const auto docs = index.add_open({note("a", "b")});
    index.index.erase(index.project, docs);
    CHECK(index.index.allocate(1).value == docs[0].value + 1);
    transaction.commit();
}

TEST_CASE("an empty index finds nothing") {
    TextIndexFixture index;
    CHECK(index.search("word").total == 0);
    CHECK(index.search("word").hits.empty());
    CHECK_FALSE(index.search("word").bad_syntax);
    index.add({});
    index.load({});
    index.erase({TextDoc{1}});
    CHECK(index.search("word").total == 0);
}

TEST_CASE("bad syntax is said and finds nothing") {
    TextIndexFixture index;
    index.add({note("a", "b")});
    const auto page = index.search("a AND");
    CHECK(page.bad_syntax);
    CHECK(page.hits.empty());
    CHECK(page.total == 0);
}

TEST_CASE(
    "a document is found at once whether it is fresh or loaded and gone at once when erased") {
    for (const bool bulk : {false, true}) {
        CAPTURE(bulk);
        TextIndexFixture index;
        const std::vector<WrittenDocument> documents{note("First", "apples and pears"),
                                                     note("Second", "apples")};
        const auto docs = bulk ? index.load(documents) : index.add(documents);
        CHECK(index.matches("apples") == numbers(docs));
        CHECK(index.matches("pears") == std::vector<std::int64_t>{docs[0].value});
        index.erase({docs[0]});
        CHECK(index.matches("apples") == std::vector<std::int64_t>{docs[1].value});
        CHECK(index.search("pears").total == 0);
        index.erase({docs[0]});  // again: nothing happens
        CHECK(index.number("SELECT documents FROM text_state") == 1);
        CHECK(index.number("SELECT tokens FROM text_state") == 2);
    }
}

TEST_CASE("all words of an AND are in the same column and phrases do not cross columns") {
    TextIndexFixture index;
    const auto docs = index.add({note("red apple", "green pear"), note("green", "red pear apple")});
    CHECK(index.matches("red apple") == numbers(docs));
    CHECK(index.matches("red green").empty());
    CHECK(index.matches("red OR green") == numbers(docs));
    CHECK(index.matches("\"apple green\"").empty());
    CHECK(index.matches("\"red apple\"") == std::vector<std::int64_t>{docs[0].value});
    // What NOT excludes is excluded column by column, too.
    CHECK(index.matches("red NOT pear") == std::vector<std::int64_t>{docs[0].value});
}

TEST_CASE("a query can be limited to titles and kinds and documents") {
    TextIndexFixture index;
    const auto docs = index.load({note("cat", "dog"),
                                  {ItemKind::observation, "dog", "cat"},
                                  {ItemKind::relation, "cat", "cat"}});
    TextQuery query;
    query.expression = "cat";
    query.titles_only = true;
    CHECK(index.index.search(index.project, query).total == 2);
    query.titles_only = false;
    query.kinds = 1U << static_cast<unsigned>(ItemKind::observation);
    auto page = index.index.search(index.project, query);
    CHECK(page.total == 1);
    CHECK(page.hits.at(0).doc == docs[1]);
    CHECK(page.hits.at(0).kind == ItemKind::observation);
    query.kinds = bm::kAllKinds;
    const std::vector<TextDoc> among{docs[0], docs[2], TextDoc{999}};
    query.among = &among;
    CHECK(index.index.search(index.project, query).total == 2);
    const std::vector<TextDoc> nobody;
    query.among = &nobody;
    CHECK(index.index.search(index.project, query).total == 0);
    // Statistics stay those of the project.
    query.among = nullptr;
    const double score = index.index.search(index.project, query).hits.at(0).score;
    const std::vector<TextDoc> best{docs[2]};
    query.among = &best;
    CHECK(index.index.search(index.project, query).hits.at(0).score == score);
}

TEST_CASE("titles count more than contents and lower scores are better") {
    TextIndexFixture index;
    const auto docs = index.add({note("other", "apple tree"), note("apple", "other tree"),
                                 note("x", "y"), note("z", "w"), note("v", "u")});
    const auto page = index.search("apple");
    REQUIRE(page.hits.size() == 2);
    CHECK(page.hits[0].doc == docs[1]);
    CHECK(page.hits[0].score < page.hits[1].score);
    CHECK(page.hits[1].score < 0);
}

TEST_CASE("pages go through all matches in order and equal scores by number") {
    TextIndexFixture index;
    std::vector<WrittenDocument> same(25, note("t", "word"));
    auto docs = index.load({same.begin(), same.begin() + 10});
    for (const auto doc : index.add({same.begin() + 10, same.end()})) docs.push_back(doc);
    std::vector<TextDoc> seen;
    for (std::size_t offset = 0; offset < 30; offset += 10) {
        TextQuery query;
        query.expression = "word";
        query.offset = offset;
        const auto page = index.index.search(index.project, query);
        CHECK(page.total == 25);
        for (const auto& hit : page.hits) seen.push_back(hit.doc);
    }
    CHECK(seen == docs);
    TextQuery query;
    query.expression = "word";
    query.limit = 0;
    auto page = index.index.search(index.project, query);
    CHECK(page.total == 25);
    CHECK(page.hits.empty());
    query.limit = static_cast<std::size_t>(-1);
    query.offset = 20;
    CHECK(index.index.search(index.project, query).hits.size() == 5);
}

TEST_CASE("words inside of a text without spaces are found") {
    TextIndexFixture index;
    const auto docs = index.load({note("设计", "全文中文搜索引擎"), note("x", "文中")});
    CHECK(index.matches(bm::prepare_text_query("中文", true)) ==
          std::vector<std::int64_t>{docs[0].value});
    CHECK(index.matches(bm::prepare_text_query("中文 搜索", true)) ==
          std::vector<std::int64_t>{docs[0].value});
    CHECK(index.matches(bm::prepare_text_query("文中", true)) == numbers(docs));
    CHECK(index.matches(bm::prepare_text_query("中搜", true)).empty());
}

TEST_CASE("projects do not see one another and clearing one leaves the others") {
    TextIndexFixture index;
    const auto other = bm::make_project(index.database, "other");
    index.load({note("a", "shared word")});
    index.add({note("b", "shared")});
    {
        Transaction transaction(index.database);
        const auto doc = index.index.allocate(2);
        index.index.add(other, {{doc, ItemKind::entity, "c", "shared"}});
        auto loader = index.index.bulk_load(other);
        loader.add({TextDoc{doc.value + 1}, ItemKind::entity, "d", "shared"});
        loader.finish();
        transaction.commit();
    }
    const auto total = [&](bm::ProjectId project) {
        return index.index.search(project, {"shared"}).total;
    };
    CHECK(total(index.project) == 2);
    CHECK(total(other) == 2);
    {
        Transaction transaction(index.database);
        index.index.clear(index.project);
        transaction.commit();
    }
    CHECK(total(index.project) == 0);
    CHECK(total(other) == 2);
    CHECK(index.number("SELECT count(*) FROM text_segment") == 1);
    CHECK(index.number("SELECT count(*) FROM text_fresh") == 1);
    index.add({note("e", "shared")});
    CHECK(total(index.project) == 1);
    // A project that goes takes its part of the index along.
    index.database.exec("DELETE FROM project");
    for (const char* table :
         {"text_segment", "text_directory", "text_page", "text_dead", "text_fresh", "text_state"}) {
        CAPTURE(table);
        CHECK(index.number("SELECT count(*) FROM " + std::string(table)) == 0);
    }
    CHECK(total(other) == 0);
}

TEST_CASE("fresh documents become segments and segments are merged") {
    TextIndexFixture index;
    std::int64_t most_fresh = 0;
    std::int64_t most_segments = 0;
    for (int i = 0; i < 400; ++i) {
        index.add(
            std::vector<WrittenDocument>(11, note("note " + std::to_string(i), "some words")));
        most_fresh = std::max(most_fresh, index.number("SELECT count(*) FROM text_fresh"));
        most_segments = std::max(most_segments,
                                 index.number("SELECT count(*) FROM text_segment WHERE stage = 0"));
    }
    CHECK(most_fresh <= 256);
    CHECK(most_segments > 1);
    CHECK(most_segments <= 16);
    CHECK(index.search("words").total == 4400);
    CHECK(index.matches("399").size() == 11);
    CHECK(index.number("SELECT documents FROM text_state") == 4400);
    CHECK(index.number("SELECT fresh_documents FROM text_state") ==
          index.number("SELECT count(*) FROM text_fresh"));
    CHECK(index.number("SELECT fresh_bytes FROM text_state") ==
          index.number("SELECT sum(length(data)) FROM text_fresh"));
}

TEST_CASE("a large document goes straight into a segment") {
    TextIndexFixture index;
    const auto docs =
        index.add({note("big", repeated("many words in here ", 20'000)), note("x", "y")});
    CHECK(index.number("SELECT count(*) FROM text_fresh") == 0);
    CHECK(index.number("SELECT count(*) FROM text_segment") == 1);
    CHECK(index.matches("\"here many\"") == std::vector<std::int64_t>{docs[0].value});
    CHECK(index.number("SELECT tokens FROM text_state") == 80'003);
}

TEST_CASE("words of any length are indexed up to the limit of a token") {
    TextIndexFixture index;
    const std::string word(1000, 'w');
    const auto docs = index.load({note("t", word + " next")});
    CHECK(index.matches(word) == numbers(docs));
    CHECK(index.matches('"' + word + " next\"") == numbers(docs));
    CHECK(index.matches(std::string(100, 'w') + '*') == numbers(docs));
    CHECK(index.matches(std::string(100, 'w')).empty());
}

TEST_CASE("another connection sees changes when they are committed and not before") {
    const bm::test::TemporaryFolder folder;
    const auto file = folder.path() / "index.db";
    Database writing(file, Database::Mode::read_write_create);
    const auto project = bm::make_project(writing);
    TextIndex writer(writing);
    Database reading(file, Database::Mode::read_only);
    TextIndex reader(reading);
    const auto total = [&](TextIndex& index) { return index.search(project, {"word"}).total; };
    std::vector<TextDoc> docs;
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        auto after = docs;
        Transaction transaction(writing);
        const auto first = writer.allocate(5);
        std::vector<bm::TextDocument> list;
        for (int i = 0; i < 5; ++i) {
            list.push_back({TextDoc{first.value + i}, ItemKind::entity, "t", "word"});
            after.push_back(list.back().doc);
        }
        writer.add(project, list);
        if (round % 3 == 2) {
            writer.erase(project, {after.front()});
            after.erase(after.begin());
        }
        REQUIRE(total(reader) == static_cast<std::int64_t>(docs.size()));
        REQUIRE(total(writer) == static_cast<std::int64_t>(after.size()));
        // Some are dropped without commit.
        if (round % 5 == 4) continue;
        transaction.commit();
        docs = after;
        REQUIRE(total(reader) == static_cast<std::int64_t>(docs.size()));
        REQUIRE(total(writer) == static_cast<std::int64_t>(docs.size()));
    }
    REQUIRE(total(writer) == static_cast<std::int64_t>(docs.size()));
}

TEST_CASE("a reader inside of a snapshot keeps seeing one state while merges go on") {
    const bm::test::TemporaryFolder folder;
    const auto file = folder.path() / "index.db";
    Database writing(file, Database::Mode::read_write_create);
    const auto project = bm::make_project(writing);
    TextIndex writer(writing);
    Database reading(file, Database::Mode::read_only);
    TextIndex reader(reading);
    const auto add = [&](std::size_t count) {
        Transaction transaction(writing);
        const auto first = writer.allocate(count);
        std::vector<bm::TextDocument> list;
        for (std::size_t i = 0; i < count; ++i) {
            list.push_back({TextDoc{first.value + static_cast<std::int64_t>(i)}, ItemKind::entity,
                            "title", "word other"});
        }
        writer.add(project, list);
        transaction.commit();
    };
    for (int i = 0; i < 7; ++i) add(300);
    const bm::Snapshot snapshot(reading);
    CHECK(reader.search(project, {"word"}).total == 2100);
    for (int i = 0; i < 10; ++i) {
        add(300);
        Transaction transaction(writing);
        writer.maintain(project, 2000);
        transaction.commit();
        CHECK(reader.search(project, {"word"}).total == 2100);
        CHECK(reader.search(project, {"\"word other\""}).total == 2100);
    }
}

TEST_CASE("two writers take turns on one index") {
    const bm::test::TemporaryFolder folder;
    const auto file = folder.path() / "index.db";
    Database first_database(file, Database::Mode::read_write_create);
    const auto project = bm::make_project(first_database);
    Database second_database(file, Database::Mode::read_write_create);
    TextIndex first(first_database);
    TextIndex second(second_database);
    std::vector<TextDoc> docs;
    for (int round = 0; round < 200; ++round) {
        Database& database = round % 2 == 0 ? first_database : second_database;
        TextIndex& index = round % 2 == 0 ? first : second;
        Transaction transaction(database);
        const auto start = index.allocate(20);
        std::vector<bm::TextDocument> list;
        for (int i = 0; i < 20; ++i) {
            list.push_back({TextDoc{start.value + i}, ItemKind::entity, "t", "word"});
            docs.push_back(list.back().doc);
        }
        index.add(project, list);
        // Each erases what the other has written.
        std::vector<TextDoc> gone;
        for (int i = 0; i < 10 && docs.size() > 60; ++i) {
            gone.push_back(docs.front());
            docs.erase(docs.begin());
        }
        index.erase(project, gone);
        transaction.commit();
        REQUIRE(first.search(project, {"word"}).total == static_cast<std::int64_t>(docs.size()));
        REQUIRE(second.search(project, {"word"}).total == static_cast<std::int64_t>(docs.size()));
    }
}

TEST_CASE("damaged rows are reported as a corrupt database and never read beyond their end") {
    TextIndexFixture index;
    std::vector<WrittenDocument> documents;
    for (int i = 0; i < 400; ++i) {
        documents.push_back(
            note("title " + std::to_string(i % 50), "common word" + std::to_string(i)));
    }
    index.load(documents);
    index.add({note("fresh", "common words")});
    const std::vector<std::string> queries{"common", "word1*", "\"common word7\"",
                                           "title NOT word3*"};
    int refused = 0;
    for (const char* table : {"text_page", "text_directory", "text_fresh"}) {
        const std::string name = table;
        const auto rows = index.number("SELECT count(*) FROM " + name);
        const auto size = index.number("SELECT max(length(data)) FROM " + name);
        for (std::int64_t row = 0; row < rows; ++row) {
            for (std::int64_t at = 0; at < size; at += 1 + size / 60) {
                CAPTURE(name);
                CAPTURE(row);
                CAPTURE(at);
                Transaction transaction(index.database);
                index.database
                    .prepare("UPDATE " + name +
                             " SET data = substr(data, 1, ?1) || x'ff' ||"
                             " substr(data, ?1 + 2) WHERE rowid ="
                             " (SELECT rowid FROM " +
                             name + " LIMIT 1 OFFSET ?2)")
                    .run()
                    .bind(at)
                    .bind(row)
                    .done();
                TextIndex damaged(index.database);
                for (const auto& query : queries) {
                    try {
                        (void)damaged.search(index.project, {query});
                    } catch (const bm::DatabaseError& error) {
                        CHECK(error.is_corrupt());
                        ++refused;
                    }
                }
            }
        }
    }
    CHECK(refused > 50);
}
