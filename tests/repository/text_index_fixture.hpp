#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "repository/database.hpp"
#include "repository/schema.hpp"
#include "repository/text_index.hpp"

namespace bm {

/// A document whose texts are its own.
struct WrittenDocument {
    ItemKind kind = ItemKind::entity;
    std::string title;
    std::string content;
};

/// Creates what a text index hangs on: the tables and one project.
inline ProjectId make_project(Database& database, const std::string& name = "notes") {
    prepare_schema(database);
    database
        .prepare(
            "INSERT INTO project (external_id, name, permalink, path, created_at,"
            " updated_at) VALUES (?1, ?1, ?1, ?1, 0, 0)")
        .run()
        .bind(name)
        .done();
    return ProjectId{database.last_insert_id()};
}

/// A database in memory with a text index.
struct TextIndexFixture {
    TextIndexFixture() : project(make_project(database)) {}

    /// Adds documents in one transaction and gives their numbers.
    std::vector<TextDoc> add(const std::vector<WrittenDocument>& documents) {
        const Transaction transaction_of(*this);
        return add_open(documents);
    }
    /// The same as one bulk load.
    std::vector<TextDoc> load(const std::vector<WrittenDocument>& documents) {
        const Transaction transaction_of(*this);
        auto loader = index.bulk_load(project);
        auto list = numbered(documents);
        std::vector<TextDoc> docs;
        for (const auto& document : list) {
            loader.add(document);
            docs.push_back(document.doc);
        }
        loader.finish();
        return docs;
    }
    void erase(const std::vector<TextDoc>& docs) {
        const Transaction transaction_of(*this);
        index.erase(project, docs);
    }

    std::vector<TextDoc> add_open(const std::vector<WrittenDocument>& documents) {
        const auto list = numbered(documents);
        index.add(project, list);
        std::vector<TextDoc> docs;
        for (const auto& document : list) docs.push_back(document.doc);
        return docs;
    }

    TextPage search(const std::string& expression) {
        TextQuery query;
        query.expression = expression;
        query.limit = 1'000'000;
        return index.search(project, query);
    }
    /// Numbers of the documents that match, in order of number.
    std::vector<std::int64_t> matches(const std::string& expression) {
        std::vector<std::int64_t> docs;
        for (const auto& hit : search(expression).hits) docs.push_back(hit.doc.value);
        std::sort(docs.begin(), docs.end());
        return docs;
    }

    std::int64_t number(const std::string& sql) {
        auto statement = database.prepare(sql);
        auto query = statement.run();
        query.step();
        return query.integer(0);
    }

    Database database{":memory:", Database::Mode::read_write_create};
    ProjectId project;
    TextIndex index{database};

private:
    // Commits at the end of its life: a test that fails inside has failed anyway.
    struct Transaction {
        explicit Transaction(TextIndexFixture& f) : inner(f.database) {}
        ~Transaction() { inner.commit(); }
        Transaction(const Transaction&) = delete;
        Transaction& operator=(const Transaction&) = delete;
        bm::Transaction inner;
    };

    std::vector<TextDocument> numbered(const std::vector<WrittenDocument>& documents) {
        const auto first = index.allocate(documents.size());
        std::vector<TextDocument> list;
        for (const auto& document : documents) {
            const TextDoc doc{first.value + static_cast<std::int64_t>(list.size())};
            list.push_back({doc, document.kind, document.title, document.content});
        }
        return list;
    }
};

}  // namespace bm
