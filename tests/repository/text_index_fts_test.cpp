// Compares the text index with SQLite's own full-text search on random documents and expressions.
#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "markdown/text.hpp"
#include "repository/text_expression.hpp"
#include "repository/tokenizer.hpp"
#include "tests/repository/text_index_fixture.hpp"

namespace {

using bm::Database;
using bm::DatabaseError;
using bm::TextIndexFixture;
using bm::WrittenDocument;

/// Few words, so that random documents and expressions meet; several differ only in their accents,
/// their case or their ends.
const std::vector<std::string> kWords{
    "a",      "ab",     "abc",        "abd",    "b",        "ba",       "Café",         "cafe",
    "cafés",  "Éclair", "eclair",     "naïve",  "naive",    "Straße",   "strasse",      "ñu",
    "nu",     "ØRE",    "øre",        "x1",     "x12",      "2024",     "foo_bar",      "foo",
    "bar",    "don't",  "well-known", "known",  "Ångström", "angstrom", "e\u0301clair", "ПРИВЕТ",
    "привет", "ΣΟΦΟΣ",  "σοφός",      "ǖ",      "ế",        "the",      "the",          "the",
    "of",     "of",     "c++",        "v1.2.3", "rock"};

class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t end) { return engine_() % end; }
    const std::string& word() {
        // Frequent words in front.
        const auto a = below(kWords.size());
        const auto b = below(kWords.size());
        return kWords[std::min(a, b)];
    }
    std::string text(std::size_t most) {
        static const std::vector<std::string> gaps{" ", " ", " ", ", ", "\n", " - ", "/", "  "};
        std::string text;
        for (auto left = below(most + 1); left > 0; --left) {
            text += word() + gaps[below(gaps.size())];
        }
        return text;
    }
    std::string phrase() {
        if (below(8) == 0) return "\"\"";
        std::string phrase = '"' + word();
        for (auto left = 1 + below(2); left > 0; --left) phrase += ' ' + word();
        return phrase + '"' + (below(4) == 0 ? "*" : "");
    }
    std::string operand() {
        if (below(4) == 0) return phrase();
        std::string bare = word();
        const bool plain = bare.find_first_of("'-+.") == std::string::npos;
        if (below(3) == 0) {
            // The beginning of a word, cut between characters.
            std::size_t end = 1;
            while (end < bare.size() && (static_cast<unsigned char>(bare[end]) & 0xC0U) == 0x80U)
                ++end;
            if (plain) return bare.substr(0, end) + '*';
        }
        return plain ? bare : '"' + bare + '"';
    }
    std::string expression(int depth) {
        switch (below(depth > 0 ? 8 : 3)) {
            case 3:
                return '(' + expression(depth - 1) + ") AND " + operand();
            case 4:
                return operand() + " OR (" + expression(depth - 1) + ')';
            case 5:
                return '(' + expression(depth - 1) + ") NOT (" + expression(depth - 1) + ')';
            case 6:
                return operand() + " NOT " + operand() + " OR " + operand() + " AND " + operand();
            case 7:
                return operand() + ' ' + operand() + " NOT " + operand() + ' ' + operand();
            case 2:
                return operand() + ' ' + operand();
            case 1:
                return operand() + " AND " + operand();
            default:
                return operand();
        }
    }

private:
    std::mt19937 engine_;
};

struct Row {
    std::int64_t doc;
    double score;
};

/// FTS5 over the same documents, under the same numbers.
class FtsMirror {
public:
    explicit FtsMirror(Database& database) : database_(database) {
        database.exec("CREATE VIRTUAL TABLE fts USING fts5(title, content, tokenize='unicode61')");
    }
    void add(std::int64_t doc, const WrittenDocument& document) {
        auto insert = database_.prepare("INSERT INTO fts (rowid, title, content) VALUES (?, ?, ?)");
        insert.run().bind(doc).bind(document.title).bind(document.content).done();
    }
    void erase(std::int64_t doc) {
        database_.prepare("DELETE FROM fts WHERE rowid = ?").run().bind(doc).done();
    }
    /// None when FTS5 refuses.
    std::optional<std::vector<Row>> search(const std::string& expression, bool titles_only) {
        auto select = database_.prepare(
            "SELECT rowid, bm25(fts, 10.0, 1.0) AS score FROM fts WHERE fts MATCH ?"
            " ORDER BY score, rowid");
        const std::string title = "title : (" + expression + ')';
        const std::string match =
            titles_only ? title : '(' + title + ") OR (content : (" + expression + "))";
        std::vector<Row> rows;
        try {
            auto query = select.run();
            query.bind(match);
            while (query.step()) rows.push_back({query.integer(0), query.real(1)});
        } catch (const DatabaseError&) {
            return std::nullopt;
        }
        return rows;
    }

private:
    Database& database_;
};

/// FTS5 forgets hits of what stands in an AND and is not a plain phrase: when another word of the
/// AND has no hit in the column, it drops the hits of all of them, including those that an OR
/// inside has already read for a later document. And it counts hits of what stands after NOT, where
/// an OR finds the document by another branch. There only the documents are compared.
bool fts_counts_hits_right(const bm::TextNode& node) {
    using Type = bm::TextNode::Type;
    if (node.type == Type::without) return false;
    return std::all_of(node.children.begin(), node.children.end(), [&](const bm::TextNode& child) {
        const bool plain = child.type == Type::phrase || child.type == Type::nothing;
        return plain || (node.type != Type::all && fts_counts_hits_right(child));
    });
}

std::vector<std::int64_t> sorted_docs(const std::vector<bm::TextHit>& hits) {
    std::vector<std::int64_t> docs;
    for (const auto& hit : hits) docs.push_back(hit.doc.value);
    std::sort(docs.begin(), docs.end());
    return docs;
}
std::vector<std::int64_t> sorted_docs(const std::vector<Row>& rows) {
    std::vector<std::int64_t> docs;
    for (const auto& row : rows) docs.push_back(row.doc);
    std::sort(docs.begin(), docs.end());
    return docs;
}

void check_same(TextIndexFixture& ours, FtsMirror& fts, const std::string& expression,
                bool titles_only) {
    CAPTURE(expression);
    CAPTURE(titles_only);
    const auto expected = fts.search(expression, titles_only);
    bm::TextQuery query;
    query.expression = expression;
    query.titles_only = titles_only;
    query.limit = 100'000;
    const auto page = ours.index.search(ours.project, query);
    REQUIRE(page.bad_syntax == !expected.has_value());
    if (!expected) return;
    REQUIRE(page.total == static_cast<std::int64_t>(expected->size()));
    REQUIRE(page.hits.size() == expected->size());
    const auto parsed = bm::parse_text_expression(expression);
    if (!fts_counts_hits_right(parsed->root)) {
        REQUIRE(sorted_docs(page.hits) == sorted_docs(*expected));
        return;
    }
    for (std::size_t i = 0; i < expected->size(); ++i) {
        CAPTURE(i);
        REQUIRE(page.hits[i].score == doctest::Approx((*expected)[i].score).epsilon(1e-6));
        REQUIRE(page.hits[i].doc.value == (*expected)[i].doc);
    }
}

std::vector<WrittenDocument> random_documents(Random& random, std::size_t count) {
    std::vector<WrittenDocument> documents;
    for (std::size_t i = 0; i < count; ++i) {
        documents.push_back({static_cast<bm::ItemKind>(random.below(3)), random.text(4),
                             random.text(random.below(4) == 0 ? 60 : 12)});
    }
    return documents;
}

}  // namespace

TEST_CASE("expressions match and rank as with FTS5") {
    for (unsigned seed = 1; seed <= 6; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        TextIndexFixture ours;
        FtsMirror fts(ours.database);
        std::vector<bm::TextDoc> living;
        const auto mirror = [&](const std::vector<bm::TextDoc>& docs,
                                const std::vector<WrittenDocument>& documents) {
            for (std::size_t i = 0; i < docs.size(); ++i) fts.add(docs[i].value, documents[i]);
            living.insert(living.end(), docs.begin(), docs.end());
        };
        for (int round = 0; round < 4; ++round) {
            const auto loaded = random_documents(random, 150 + random.below(300));
            mirror(ours.load(loaded), loaded);
            const auto added = random_documents(random, 40);
            mirror(ours.add(added), added);
            std::vector<bm::TextDoc> gone;
            for (int i = 0; i < 30; ++i) {
                const auto at = static_cast<std::ptrdiff_t>(random.below(living.size()));
                gone.push_back(living[static_cast<std::size_t>(at)]);
                living.erase(living.begin() + at);
            }
            ours.erase(gone);
            for (const auto doc : gone) fts.erase(doc.value);
            for (int i = 0; i < 150; ++i) {
                check_same(ours, fts, random.expression(3), random.below(4) == 0);
            }
        }
    }
}

TEST_CASE("the grammar refuses what FTS5 refuses") {
    TextIndexFixture ours;
    FtsMirror fts(ours.database);
    const std::vector<WrittenDocument> documents{{bm::ItemKind::entity, "a b", "c d"},
                                                 {bm::ItemKind::entity, "a", "b"},
                                                 {bm::ItemKind::entity, "c", "a b d"},
                                                 {bm::ItemKind::entity, "foo", "bar"}};
    const auto docs = ours.add(documents);
    for (std::size_t i = 0; i < docs.size(); ++i) fts.add(docs[i].value, documents[i]);
    for (const char* expression : {"\"\"",
                                   "a \"\"",
                                   "a AND \"\"",
                                   "a OR \"\"",
                                   "a NOT \"\"",
                                   "\"\" NOT a",
                                   "\"\" AND a",
                                   "(a)",
                                   "(a) b",
                                   "a (b)",
                                   "a (b",
                                   "()",
                                   "a AND OR b",
                                   "a AND NOT b",
                                   "NOT a",
                                   "a NOT b NOT c",
                                   "a NOT b AND c",
                                   "a b NOT c",
                                   "a b OR c",
                                   "a OR b c",
                                   "a NOT b c",
                                   "a*b",
                                   "a *",
                                   "a * b",
                                   "*",
                                   "a**",
                                   "\"a\"*",
                                   "\"\"*",
                                   "a,b",
                                   "a.b",
                                   "a\"b\"",
                                   "a\"b\" c",
                                   "\"a\"\"b\"",
                                   "a AND",
                                   "AND",
                                   "a\x1a"
                                   "b",
                                   "a;b",
                                   "(a OR b) AND (c)",
                                   "((a))",
                                   "a NOT (b OR c)",
                                   "a AND (NOT b)",
                                   "(\"\"  )",
                                   "(\"\") a",
                                   "\"\" \"\"",
                                   "a AND (\"\" )",
                                   "\".\" OR a",
                                   ". OR a",
                                   "a \". \" b",
                                   "a OR b AND c NOT d",
                                   "a NOT (\"\" OR b)",
                                   "\"\" b*",
                                   "\x0b a",
                                   "a\x0b"
                                   "b",
                                   "a'b",
                                   "AND AND AND",
                                   "a NOT \"\" NOT b",
                                   "a OR \"\" AND b",
                                   "a_b",
                                   "a\u00a0b",
                                   "\u00a0",
                                   "a\tb\nc\rd",
                                   "a\x0c"
                                   "b",
                                   "a \"\" b",
                                   "a OR OR b",
                                   "(a",
                                   "a)",
                                   "a AND (b OR",
                                   "\"a",
                                   "-a",
                                   "a-b"}) {
        if (std::string(expression) == "\"a") {
            // The mirror's parentheses would end the string.
            CHECK(ours.search(expression).bad_syntax);
            continue;
        }
        check_same(ours, fts, expression, false);
    }
    for (const char* expression : {"", " ", "\t\n"}) CHECK(ours.search(expression).bad_syntax);
}

TEST_CASE("tokens are those of unicode61 for letters digits and separators of many scripts") {
    TextIndexFixture ours;
    ours.database.exec(
        "CREATE VIRTUAL TABLE fts USING fts5(content, tokenize='unicode61');"
        "CREATE VIRTUAL TABLE words USING fts5vocab(fts, instance);");
    // Characters that were assigned in the version of Unicode that FTS5 knows, without combining
    // marks: Latin to Cyrillic, Georgian, Hangul letters, Latin with marks, Greek with marks,
    // symbols.
    const std::vector<std::pair<char32_t, char32_t>> blocks{
        {0x20, 0x2AF},     {0x370, 0x376},   {0x388, 0x38A},   {0x38C, 0x38C},   {0x38E, 0x3A1},
        {0x3A3, 0x482},    {0x48A, 0x523},   {0x5D0, 0x5EA},   {0x620, 0x64A},   {0x660, 0x669},
        {0x904, 0x939},    {0x10A0, 0x10C5}, {0x1E00, 0x1EFF}, {0x1F00, 0x1F15}, {0x2010, 0x2064},
        {0x2074, 0x208E},  {0x20A0, 0x20B5}, {0x2100, 0x2188}, {0x2190, 0x23F3}, {0x2460, 0x24FF},
        {0x2C60, 0x2C7F},  {0xAC00, 0xAC50}, {0xE000, 0xE010}, {0xFF10, 0xFF3A}, {0x10400, 0x10427},
        {0x1D400, 0x1D454}};
    auto insert = ours.database.prepare("INSERT INTO fts (rowid, content) VALUES (?, ?)");
    std::vector<WrittenDocument> documents;
    std::int64_t row = 0;
    for (const auto& [first, last] : blocks) {
        for (char32_t c = first; c <= last; ++c) {
            std::string text = "q";
            bm::append_utf8(text, c);
            text += 'z';
            insert.run().bind(++row).bind(text).done();
            documents.push_back({bm::ItemKind::entity, "", text});
        }
    }
    for (std::int64_t i = 0; i < row; ++i) {
        std::vector<std::string> ours_tokens;
        const auto& text = documents[static_cast<std::size_t>(i)].content;
        for (bm::Tokenizer tokens(text); tokens.next();) ours_tokens.emplace_back(tokens.token());
        std::vector<std::string> fts_tokens;
        auto select = ours.database.prepare("SELECT term FROM words WHERE doc = ? ORDER BY offset");
        auto query = select.run();
        query.bind(i + 1);
        while (query.step()) fts_tokens.push_back(query.string(0));
        CAPTURE(text);
        CHECK(ours_tokens == fts_tokens);
    }
}
