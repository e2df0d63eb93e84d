#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "repository/posting_buffer.hpp"
#include "repository/segment_directory.hpp"
#include "repository/segment_reader.hpp"
#include "repository/segment_writer.hpp"
#include "tests/repository/text_index_fixture.hpp"

namespace {

using bm::DatabaseError;
using bm::DirectoryWriter;
using bm::Hits;
using bm::ItemKind;
using bm::kChunkPostings;
using bm::PostingCursor;
using bm::PostingList;
using bm::SegmentDirectory;
using bm::SegmentReader;
using bm::SegmentWriter;
using bm::TextDoc;

constexpr std::int64_t kSegment = 77;
constexpr std::uint32_t kDocuments = 200'000;

/// The same numbers on every machine.
class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

private:
    std::mt19937 engine_;
};

struct Posting {
    std::uint32_t ordinal;
    Hits hits;
    std::string positions;
};
using Lists = std::map<std::string, std::vector<Posting>>;

std::vector<Posting> random_list(Random& random, std::size_t count) {
    std::vector<Posting> list;
    const std::uint32_t step = kDocuments / static_cast<std::uint32_t>(count);
    std::uint32_t ordinal = 0;
    for (std::size_t i = 0; i < count; ++i) {
        ordinal += 1 + random() % step;
        const Hits hits(random() % 5 == 0 ? 1 + random() % 3 : 0, random() % 4);
        Posting posting{ordinal - 1, hits.all() == 0 ? Hits(0, 1) : hits, ""};
        bm::PositionWriter positions(posting.positions);
        for (std::uint32_t p = 0; p < posting.hits.title(); ++p)
            positions.add(p * 2 + random() % 2);
        positions.start_column();
        for (std::uint32_t p = 0; p < posting.hits.content(); ++p)
            positions.add(p * 200 + random() % 200);
        list.push_back(std::move(posting));
    }
    return list;
}

/// A database with one empty segment.
struct SegmentFixture {
    SegmentFixture() {
        const auto project = bm::make_project(database);
        database
            .prepare(
                "INSERT INTO text_segment (id, project_id, stage, level, documents, dead,"
                " bytes) VALUES (?, ?, 0, 0, ?, 0, 0)")
            .run()
            .bind(kSegment)
            .bind(project.value)
            .bind(static_cast<std::int64_t>(kDocuments))
            .done();
    }
    void write(const Lists& lists) {
        SegmentWriter writer(database, kSegment);
        for (const auto& [term, list] : lists) {
            writer.begin(term);
            for (const auto& p : list) writer.add(p.ordinal, p.hits, p.positions);
            writer.end();
        }
        writer.finish();
    }

    bm::Database database{":memory:", bm::Database::Mode::read_write_create};
};

std::vector<Posting> read_list(SegmentReader& reader, const PostingList& list) {
    std::vector<Posting> postings;
    PostingCursor cursor(reader.rows(), list, kDocuments);
    do {
        const auto& block = cursor.block();
        bm::ByteReader positions(cursor.positions());
        for (std::size_t i = 0; i < block.count; ++i) {
            postings.push_back({block.ordinals[i], block.hits[i],
                                std::string(bm::take_positions(positions, block.hits[i].all()))});
        }
        CHECK(positions.at_end());
    } while (cursor.next());
    return postings;
}

void check_same(const std::vector<Posting>& read, const std::vector<Posting>& written) {
    REQUIRE(read.size() == written.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
        REQUIRE(read[i].ordinal == written[i].ordinal);
        REQUIRE(read[i].hits == written[i].hits);
        REQUIRE(read[i].positions == written[i].positions);
    }
}

/// Lists of every size that matters, among many short ones.
Lists lists_of_all_sizes() {
    Random random(3);
    Lists lists;
    for (int i = 0; i < 3000; ++i) {
        lists["term" + std::to_string(i)] = random_list(random, 1 + random() % 3);
    }
    for (const std::size_t size :
         {std::size_t{127}, std::size_t{128}, std::size_t{129}, std::size_t{1000},
          std::size_t{kChunkPostings}, std::size_t{kChunkPostings} + 1,
          2 * std::size_t{kChunkPostings}, std::size_t{30'000}}) {
        lists["size" + std::to_string(size)] = random_list(random, size);
    }
    lists["a"] = random_list(random, 20'000);
    lists["\u0416"] = random_list(random, 5);
    return lists;
}

}  // namespace

TEST_CASE("every list of a segment is found and read as it was written") {
    const Lists lists = lists_of_all_sizes();
    SegmentFixture fixture;
    fixture.write(lists);
    SegmentReader reader(fixture.database);
    for (const auto& [term, written] : lists) {
        CAPTURE(term);
        std::deque<std::string> pages;
        std::vector<PostingList> found;
        reader.find(kSegment, term, false, pages, found);
        REQUIRE(found.size() == 1);
        const auto has_title = [](const Posting& p) { return p.hits.title() > 0; };
        const auto has_content = [](const Posting& p) { return p.hits.content() > 0; };
        CHECK(found[0].head.postings == written.size());
        CHECK(found[0].head.title_documents ==
              std::count_if(written.begin(), written.end(), has_title));
        CHECK(found[0].head.content_documents ==
              std::count_if(written.begin(), written.end(), has_content));
        check_same(read_list(reader, found[0]), written);
    }
    for (const char* missing : {"", "0", "term", "term00", "zz", "size", "size128x", "\u0417"}) {
        CAPTURE(missing);
        std::deque<std::string> pages;
        std::vector<PostingList> found;
        reader.find(kSegment, missing, false, pages, found);
        CHECK(found.empty());
        reader.find(kSegment + 1, "a", false, pages, found);
        CHECK(found.empty());
    }
}

TEST_CASE("a prefix finds the lists of all its words across pages") {
    const Lists lists = lists_of_all_sizes();
    SegmentFixture fixture;
    fixture.write(lists);
    SegmentReader reader(fixture.database);
    for (const std::string prefix :
         {"t", "term", "term1", "term29", "term2999", "s", "size", "a", "b", "\u0416", "x"}) {
        CAPTURE(prefix);
        std::deque<std::string> pages;
        std::vector<PostingList> found;
        reader.find(kSegment, prefix, true, pages, found);
        std::size_t postings = 0;
        std::size_t expected_postings = 0;
        std::size_t expected = 0;
        for (const auto& [term, list] : lists) {
            if (term.compare(0, prefix.size(), prefix) != 0) continue;
            ++expected;
            expected_postings += list.size();
        }
        for (const auto& list : found) postings += list.head.postings;
        CHECK(found.size() == expected);
        CHECK(postings == expected_postings);
    }
}

TEST_CASE("a cursor skips to the block that can hold a document") {
    const Lists lists = lists_of_all_sizes();
    SegmentFixture fixture;
    fixture.write(lists);
    SegmentReader reader(fixture.database);
    Random random(8);
    for (const std::string term : {"size127", "size129", "size1000", "size8193", "size30000"}) {
        CAPTURE(term);
        const auto& written = lists.at(term);
        std::deque<std::string> pages;
        std::vector<PostingList> found;
        reader.find(kSegment, term, false, pages, found);
        for (int round = 0; round < 50; ++round) {
            PostingCursor cursor(reader.rows(), found.at(0), kDocuments);
            std::uint32_t wanted = 0;
            while (true) {
                wanted += random() % (kDocuments / 8);
                const auto expected =
                    std::find_if(written.begin(), written.end(),
                                 [&](const Posting& p) { return p.ordinal >= wanted; });
                if (!cursor.seek(wanted)) {
                    CHECK(expected == written.end());
                    break;
                }
                const auto& block = cursor.block();
                CHECK(block.ordinals[0] >= cursor.begin());
                CHECK(block.ordinals[block.count - 1] < cursor.end());
                if (expected == written.end()) break;  // a single block does not know its end
                const auto* const end = block.ordinals.data() + block.count;
                const auto* const at = std::lower_bound(block.ordinals.data(), end, wanted);
                REQUIRE(at != end);
                CHECK(*at == expected->ordinal);
            }
        }
    }
}

TEST_CASE("terms are walked in order from any of them") {
    const Lists lists = lists_of_all_sizes();
    SegmentFixture fixture;
    fixture.write(lists);
    for (const std::string after :
         {"", "a", "size128", "size128x", "term", "term2", "term999", "zz"}) {
        CAPTURE(after);
        bm::SegmentTerms terms(fixture.database, kSegment, after);
        auto expected = lists.upper_bound(after);
        while (terms.next()) {
            REQUIRE(expected != lists.end());
            CHECK(terms.term() == expected->first);
            ++expected;
        }
        CHECK(expected == lists.end());
    }
}

TEST_CASE("a segment can be written by several writers one after the other") {
    const Lists lists = lists_of_all_sizes();
    SegmentFixture fixture;
    Lists part;
    for (const auto& entry : lists) {
        part.insert(entry);
        if (part.size() < 700) continue;
        fixture.write(part);
        part.clear();
    }
    fixture.write(part);
    SegmentReader reader(fixture.database);
    for (const auto& [term, written] : lists) {
        std::deque<std::string> pages;
        std::vector<PostingList> found;
        reader.find(kSegment, term, false, pages, found);
        REQUIRE(found.size() == 1);
        check_same(read_list(reader, found[0]), written);
    }
}

TEST_CASE("a buffer of tokens becomes the lists that were put in one by one") {
    // The same documents once token by token, once posting by posting.
    Random random(11);
    Lists lists;
    bm::PostingBuffer tokens;
    bm::PostingBuffer postings;
    for (std::uint32_t ordinal = 0; ordinal < 2000; ++ordinal) {
        if (random() % 3 == 0) continue;
        std::map<std::string, std::pair<std::vector<std::uint32_t>, std::vector<std::uint32_t>>>
            words;
        tokens.begin_document(ordinal);
        for (const bool title : {true, false}) {
            if (!title) tokens.begin_content();
            const std::uint32_t length = random() % (title ? 4 : 40);
            for (std::uint32_t position = 0; position < length; ++position) {
                // Lengths on both sides of what is compared at once.
                const std::string word(1 + random() % 20, static_cast<char>('a' + random() % 3));
                tokens.add_token(word);
                (title ? words[word].first : words[word].second).push_back(position);
            }
        }
        for (const auto& [word, places] : words) {
            Posting posting{ordinal,
                            Hits(static_cast<std::uint32_t>(places.first.size()),
                                 static_cast<std::uint32_t>(places.second.size())),
                            ""};
            bm::PositionWriter writer(posting.positions);
            for (const auto p : places.first) writer.add(p);
            writer.start_column();
            for (const auto p : places.second) writer.add(p);
            postings.add_posting(ordinal, word, posting.hits, posting.positions);
            lists[word].push_back(std::move(posting));
        }
    }
    for (bm::PostingBuffer* buffer : {&tokens, &postings}) {
        CHECK(buffer->postings() > 1000);
        SegmentFixture fixture;
        SegmentWriter segment(fixture.database, kSegment);
        buffer->write_to(segment);
        segment.finish();
        CHECK(buffer->postings() == 0);
        SegmentReader reader(fixture.database);
        for (const auto& [term, written] : lists) {
            CAPTURE(term);
            std::deque<std::string> pages;
            std::vector<PostingList> found;
            reader.find(kSegment, term, false, pages, found);
            REQUIRE(found.size() == 1);
            check_same(read_list(reader, found[0]), written);
        }
    }
}

TEST_CASE("a directory knows number kind and length of each document") {
    DirectoryWriter writer;
    std::vector<std::tuple<std::int64_t, ItemKind, std::uint32_t>> documents;
    Random random(2);
    std::int64_t doc = 0;
    for (int i = 0; i < 5000; ++i) {
        doc += random() % 20 == 0 ? 2 + random() % 1'000'000'000 : 1;
        const std::uint32_t length =
            random() % 50 == 0 ? 16'000 + random() % 2'000'000 : random() % 400;
        documents.emplace_back(doc, static_cast<ItemKind>(random() % 3), length);
        writer.add(TextDoc{doc}, std::get<1>(documents.back()), length);
    }
    const SegmentDirectory directory(writer.finish());
    REQUIRE(directory.size() == documents.size());
    for (std::uint32_t ordinal = 0; ordinal < directory.size(); ++ordinal) {
        const auto& [number, kind, length] = documents[ordinal];
        REQUIRE(directory.doc(ordinal).value == number);
        REQUIRE(directory.kind(ordinal) == kind);
        REQUIRE(directory.length(ordinal) == length);
        REQUIRE(directory.find(TextDoc{number}) == ordinal);
    }
    CHECK_FALSE(directory.find(TextDoc{0}));
    CHECK_FALSE(directory.find(TextDoc{doc + 1}));
    for (std::size_t i = 1; i < documents.size(); ++i) {
        const std::int64_t between = std::get<0>(documents[i]) - 1;
        if (between == std::get<0>(documents[i - 1])) continue;
        REQUIRE_FALSE(directory.find(TextDoc{between}));
    }
    const SegmentDirectory empty{DirectoryWriter().finish()};
    CHECK(empty.size() == 0);
    CHECK_FALSE(empty.find(TextDoc{1}));
}

TEST_CASE("a damaged directory is refused") {
    DirectoryWriter writer;
    for (std::int64_t doc = 10; doc < 40; doc += 3) {
        writer.add(TextDoc{doc}, ItemKind::relation, 20'000);
    }
    const std::string blob = writer.finish();
    for (std::size_t size = 0; size < blob.size(); ++size) {
        CHECK_THROWS_AS(SegmentDirectory(blob.substr(0, size)), DatabaseError);
    }
    CHECK_THROWS_AS(SegmentDirectory(blob + "x"), DatabaseError);
    // A kind that does not exist, and a long document that is not in the list.
    std::string odd = blob;
    odd[odd.size() - 2] |= 3;
    CHECK_THROWS_AS((void)SegmentDirectory(odd).kind(9), DatabaseError);
}
