// Bytes of a damaged database: pages, directories, lists of the dead and fresh documents that were
// never written by us are refused or read, but never beyond their ends.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "repository/database.hpp"
#include "repository/fresh_document.hpp"
#include "repository/schema.hpp"
#include "repository/segment_directory.hpp"
#include "repository/segment_reader.hpp"
#include "repository/text_index.hpp"

namespace {

constexpr std::int64_t kSegment = 5;
constexpr std::uint32_t kDocuments = 300;

struct Fixture {
    Fixture() {
        bm::prepare_schema(database);
        database.exec(
            "INSERT INTO project (id, external_id, name, permalink, path, created_at, updated_at)"
            " VALUES (1, 'p', 'p', 'p', 'p', 0, 0);"
            "INSERT INTO text_state VALUES (1, 1, 300, 3000, 1, 100);"
            "INSERT INTO text_segment VALUES (5, 1, 0, 0, 300, 10, 100, NULL, NULL);");
        bm::DirectoryWriter writer;
        for (std::uint32_t i = 0; i < kDocuments; ++i) {
            writer.add(bm::TextDoc{i + 1}, bm::ItemKind::entity, 10);
        }
        directory = writer.finish();
    }
    void put(const char* sql, std::string_view bytes) {
        database.prepare(sql).run().bind_blob(bytes).done();
    }

    bm::Database database{":memory:", bm::Database::Mode::read_write_create};
    std::string directory;
};

void search(bm::Database& database) {
    bm::TextIndex index(database);
    for (const char* query : {"a", "a*", "\"a b\"", "\"a b\"*", "a OR b*", "a NOT b"}) {
        try {
            (void)index.search(bm::ProjectId{1}, {query});
        } catch (const bm::DatabaseError&) {
        }
    }
}

void read_fresh(std::string_view bytes) {
    try {
        const bm::FreshDocument document(bytes);
        for (std::uint32_t i = 0; i < document.size(); ++i) {
            const auto entry = document.entry(i);
            bm::ByteReader positions(entry.positions);
            bm::visit_positions(positions, entry.hits, [](bool, std::uint32_t) {});
        }
        (void)document.lower_bound("word");
    } catch (const bm::DatabaseError&) {
    }
}

void read_directory(std::string_view bytes) {
    try {
        const bm::SegmentDirectory directory{std::string(bytes)};
        for (std::uint32_t i = 0; i < directory.size(); ++i) {
            (void)directory.doc(i);
            (void)directory.find(directory.doc(i));
            (void)directory.length(i);
            (void)directory.kind(i);
        }
    } catch (const bm::DatabaseError&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Fixture fixture;
    if (size < 3) return 0;
    // The first bytes say where the rest is cut into the rows of a list.
    const std::string_view all(reinterpret_cast<const char*>(data) + 3, size - 3);
    const auto part = [&](std::size_t from, std::size_t to) {
        from = from * all.size() / 255;
        to = to * all.size() / 255;
        return all.substr(from, to > from ? to - from : 0);
    };
    read_fresh(all);
    read_directory(all);

    bm::Database& database = fixture.database;
    database.exec("BEGIN");
    fixture.put("INSERT INTO text_page VALUES (1, 5, 'a', ?)", part(0, data[0]));
    fixture.put("INSERT INTO text_page VALUES (2, 5, NULL, ?)", part(data[0], data[1]));
    fixture.put("INSERT INTO text_page VALUES (3, 5, NULL, ?)", part(data[1], data[2]));
    fixture.put("INSERT INTO text_fresh VALUES (1000, 1, 0, 5, ?)", part(data[2], 255));
    fixture.put("INSERT INTO text_dead VALUES (5, 0, ?)", part(data[2], 255));
    fixture.put("INSERT INTO text_directory VALUES (5, ?)", fixture.directory);
    search(database);
    try {
        bm::SegmentTerms terms(database, kSegment, "");
        bm::PageRows rows(database);
        for (int left = 1000; left > 0 && terms.next(); --left) {
            bm::PostingCursor cursor(rows, terms.list(), kDocuments);
            do {
                (void)cursor.block();
                (void)cursor.positions();
            } while (cursor.next());
        }
        bm::TextIndex index(database);
        (void)index.maintain(bm::ProjectId{1}, 100'000);
    } catch (const bm::DatabaseError&) {
    }
    database.exec("ROLLBACK");
    return 0;
}
