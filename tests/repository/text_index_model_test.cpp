// Compares the text index with a plain model while documents come, go and are merged.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "repository/text_expression.hpp"
#include "repository/tokenizer.hpp"
#include "tests/repository/text_index_fixture.hpp"

namespace {

using bm::ItemKind;
using bm::TextDoc;
using bm::TextExpression;
using bm::TextHit;
using bm::TextNode;
using bm::TextPhrase;
using bm::TextQuery;
using bm::WrittenDocument;

using Tokens = std::vector<std::string>;

struct ModelDocument {
    ItemKind kind;
    Tokens title;
    Tokens content;
};

Tokens tokens_of(const std::string& text) {
    Tokens tokens;
    for (bm::Tokenizer tokenizer(text); tokenizer.next();) tokens.emplace_back(tokenizer.token());
    return tokens;
}

int occurrences(const TextPhrase& phrase, const Tokens& text) {
    int count = 0;
    for (std::size_t at = 0; at + phrase.tokens.size() <= text.size(); ++at) {
        bool same = true;
        for (std::size_t i = 0; i < phrase.tokens.size(); ++i) {
            const bool prefix = phrase.prefix && i + 1 == phrase.tokens.size();
            const std::string& word = text[at + i];
            same = same && (prefix ? word.starts_with(phrase.tokens[i]) : word == phrase.tokens[i]);
        }
        if (same) ++count;
    }
    return count;
}

/// Every rule written out as slowly and plainly as possible.
class Model {
public:
    void add(TextDoc doc, const WrittenDocument& document) {
        documents_[doc] = {document.kind, tokens_of(document.title), tokens_of(document.content)};
    }
    void erase(TextDoc doc) { documents_.erase(doc); }
    void clear() { documents_.clear(); }
    [[nodiscard]] std::vector<TextDoc> docs() const {
        std::vector<TextDoc> docs;
        for (const auto& entry : documents_) docs.push_back(entry.first);
        return docs;
    }

    [[nodiscard]] std::vector<TextHit> search(const TextQuery& query) const {
        const auto expression = bm::parse_text_expression(query.expression);
        REQUIRE(expression);
        double tokens = 0;
        for (const auto& [doc, d] : documents_) {
            tokens += static_cast<double>(d.title.size() + d.content.size());
        }
        const double average = tokens / static_cast<double>(documents_.size());
        std::vector<TextHit> hits;
        for (const auto& [doc, d] : documents_) {
            if ((query.kinds >> static_cast<unsigned>(d.kind) & 1U) == 0) continue;
            if (query.among != nullptr &&
                !std::binary_search(query.among->begin(), query.among->end(), doc)) {
                continue;
            }
            const double length = static_cast<double>(d.title.size() + d.content.size());
            const double norm = 1.2 * (1 - 0.75 + 0.75 * length / average);
            const bool title = matches(*expression, expression->root, d.title);
            const bool content =
                !query.titles_only && matches(*expression, expression->root, d.content);
            double score = 0;
            if (title) score += sum(*expression, expression->root, d.title, true, norm);
            if (content) score += sum(*expression, expression->root, d.content, false, norm);
            if (title || content) hits.push_back({doc, d.kind, -score});
        }
        std::sort(hits.begin(), hits.end(), [](const TextHit& a, const TextHit& b) {
            return a.score != b.score ? a.score < b.score : a.doc < b.doc;
        });
        return hits;
    }

private:
    static bool matches(const TextExpression& e, const TextNode& node, const Tokens& text) {
        const auto child = [&](const TextNode& n) { return matches(e, n, text); };
        switch (node.type) {
            case TextNode::Type::nothing:
                return false;
            case TextNode::Type::phrase:
                return occurrences(e.phrases[node.phrase], text) > 0;
            case TextNode::Type::all:
                return std::all_of(node.children.begin(), node.children.end(), child);
            case TextNode::Type::any:
                return std::any_of(node.children.begin(), node.children.end(), child);
            case TextNode::Type::without:
                return child(node.children[0]) && !child(node.children[1]);
        }
        return false;
    }

    double sum(const TextExpression& e, const TextNode& node, const Tokens& text, bool title,
               double norm) const {
        if (!matches(e, node, text)) return 0;
        if (node.type == TextNode::Type::phrase) {
            const TextPhrase& phrase = e.phrases[node.phrase];
            double with = 0;
            for (const auto& [doc, d] : documents_) {
                if (occurrences(phrase, title ? d.title : d.content) > 0) ++with;
            }
            const double all = static_cast<double>(documents_.size());
            const double idf = std::max(std::log((all - with + 0.5) / (with + 0.5)), 0.0);
            const double hits = (title ? 10.0 : 1.0) * occurrences(phrase, text);
            return (idf == 0 ? 1e-6 : idf) * (hits * 2.2 / (hits + norm));
        }
        double total = 0;
        const std::size_t kept = node.type == TextNode::Type::without ? 1 : node.children.size();
        for (std::size_t i = 0; i < kept; ++i) {
            total += sum(e, node.children[i], text, title, norm);
        }
        return total;
    }

    std::map<TextDoc, ModelDocument> documents_;
};

class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t end) { return engine_() % end; }
    std::string word() {
        // A few frequent words, many rare ones, prefixes of one another, and some Han.
        const auto n = below(1 + below(1 + below(400)));
        if (n % 17 == 3) return "中文" + std::to_string(n);
        return std::string(1, static_cast<char>('a' + n % 7)) + std::to_string(n / 7);
    }
    std::string text(std::size_t most) {
        std::string text;
        for (auto left = below(most + 1); left > 0; --left) text += word() + ' ';
        return text;
    }
    std::string operand() {
        switch (below(5)) {
            case 0:
                return '"' + word() + ' ' + word() + '"' + (below(2) == 0 ? "*" : "");
            case 1:
                return word().substr(0, 1) == "a" ? "a*" : word() + '*';
            default:
                return word();
        }
    }
    std::string expression() {
        switch (below(5)) {
            case 0:
                return operand() + ' ' + operand();
            case 1:
                return operand() + " OR " + operand() + " OR " + operand();
            case 2:
                return '(' + operand() + " OR " + operand() + ") NOT " + operand();
            default:
                return operand();
        }
    }

private:
    std::mt19937 engine_;
};

/// The index and the model side by side.
class Pair {
public:
    explicit Pair(unsigned seed) : random(seed) {}

    std::vector<WrittenDocument> documents(std::size_t count) {
        std::vector<WrittenDocument> list;
        for (std::size_t i = 0; i < count; ++i) {
            list.push_back({static_cast<ItemKind>(random.below(3)), random.text(3),
                            random.text(random.below(10) == 0 ? 80 : 8)});
        }
        return list;
    }
    void put(bool bulk, std::size_t count) {
        const auto list = documents(count);
        const auto docs = bulk ? index.load(list) : index.add(list);
        for (std::size_t i = 0; i < list.size(); ++i) model.add(docs[i], list[i]);
    }
    void erase(std::size_t count) {
        auto docs = model.docs();
        std::vector<TextDoc> gone;
        for (; count > 0 && !docs.empty(); --count) {
            const auto at = random.below(docs.size());
            gone.push_back(docs[at]);
            model.erase(docs[at]);
            docs[at] = docs.back();
            docs.pop_back();
        }
        // Numbers that never were, and the same ones twice, do no harm.
        gone.push_back(TextDoc{1'000'000'000});
        if (!gone.empty()) gone.push_back(gone.front());
        index.erase(gone);
    }
    void check() {
        TextQuery query;
        query.expression = random.expression();
        query.titles_only = random.below(5) == 0;
        query.kinds =
            random.below(3) == 0 ? static_cast<bm::KindSet>(1 + random.below(7)) : bm::kAllKinds;
        std::vector<TextDoc> among;
        if (random.below(4) == 0) {
            for (const auto doc : model.docs()) {
                if (random.below(3) == 0) among.push_back(doc);
            }
            query.among = &among;
        }
        query.limit = random.below(3) == 0 ? 100'000 : 1 + random.below(20);
        query.offset = random.below(3) == 0 ? random.below(30) : 0;
        CAPTURE(query.expression);
        const auto expected = model.search(query);
        const auto page = index.index.search(index.project, query);
        REQUIRE_FALSE(page.bad_syntax);
        REQUIRE(page.total == static_cast<std::int64_t>(expected.size()));
        const auto first = std::min(query.offset, expected.size());
        REQUIRE(page.hits.size() == std::min(query.limit, expected.size() - first));
        for (std::size_t i = 0; i < page.hits.size(); ++i) {
            CAPTURE(i);
            REQUIRE(page.hits[i].score == doctest::Approx(expected[first + i].score).epsilon(1e-9));
            REQUIRE(page.hits[i].doc == expected[first + i].doc);
            REQUIRE(page.hits[i].kind == expected[first + i].kind);
        }
    }
    std::int64_t count(const std::string& table) {
        return index.number("SELECT count(*) FROM " + table);
    }

    Random random;
    bm::TextIndexFixture index;
    Model model;
};

}  // namespace

TEST_CASE("whatever happens to its documents the index answers like a plain model") {
    for (unsigned seed = 1; seed <= 4; ++seed) {
        CAPTURE(seed);
        Pair pair(seed);
        bool merged = false;
        for (int round = 0; round < 60; ++round) {
            CAPTURE(round);
            switch (pair.random.below(8)) {
                case 0:
                    pair.put(true, pair.random.below(200));
                    break;
                case 1:
                case 2:
                    pair.erase(pair.random.below(150));
                    break;
                case 3: {
                    const bm::Transaction transaction(pair.index.database);
                    pair.index.index.maintain(pair.index.project, pair.random.below(2000));
                    // Left without commit: what is rolled back must leave no trace.
                    break;
                }
                case 4: {
                    bm::Transaction transaction(pair.index.database);
                    pair.index.index.maintain(pair.index.project, pair.random.below(2000));
                    transaction.commit();
                    break;
                }
                default:
                    pair.put(false, pair.random.below(120));
            }
            merged = merged || pair.count("text_segment WHERE level > 0 OR stage > 0") > 0;
            for (int i = 0; i < 4; ++i) pair.check();
        }
        pair.erase(100'000);
        CHECK(pair.index.search("a0").total == 0);
    }
}

TEST_CASE("merges in small steps change no answer and leave no dead documents") {
    Pair pair(9);
    for (int i = 0; i < 9; ++i) pair.put(false, 300);
    pair.erase(500);
    bm::Transaction transaction(pair.index.database);
    int steps = 0;
    while (pair.index.index.maintain(pair.index.project, 1)) {
        // Some die while the merge is under way.
        if (steps % 50 == 0) {
            const auto docs = pair.model.docs();
            const auto doc = docs[pair.random.below(docs.size())];
            pair.model.erase(doc);
            pair.index.index.erase(pair.index.project, {doc});
        }
        if (steps++ % 20 == 0) pair.check();
        REQUIRE(steps < 100'000);
    }
    transaction.commit();
    for (int i = 0; i < 20; ++i) pair.check();
    CHECK(steps > 5);
    CHECK(pair.count("text_segment WHERE stage <> 0") == 0);
    CHECK(pair.count("text_segment") < 8);
    // Nothing is left of the segments that were merged.
    CHECK(pair.count("text_page WHERE segment_id NOT IN (SELECT id FROM text_segment)") == 0);
    CHECK(pair.count("text_directory") == pair.count("text_segment"));
}

TEST_CASE("a segment of mostly dead documents is written anew") {
    Pair pair(10);
    pair.put(true, 2000);
    pair.erase(400);
    bm::Transaction first(pair.index.database);
    CHECK_FALSE(pair.index.index.maintain(pair.index.project, 1'000'000));
    first.commit();
    CHECK(pair.index.number("SELECT dead FROM text_segment") == 400);
    pair.erase(200);
    bm::Transaction second(pair.index.database);
    CHECK_FALSE(pair.index.index.maintain(pair.index.project, 10'000'000));
    second.commit();
    CHECK(pair.index.number("SELECT dead FROM text_segment") == 0);
    CHECK(pair.index.number("SELECT documents FROM text_segment") == 1400);
    CHECK(pair.count("text_dead") == 0);
    for (int i = 0; i < 20; ++i) pair.check();
    // When all are dead, the segment goes.
    pair.erase(1400);
    bm::Transaction third(pair.index.database);
    CHECK_FALSE(pair.index.index.maintain(pair.index.project, 10'000'000));
    third.commit();
    CHECK(pair.count("text_segment") == 0);
    CHECK(pair.count("text_page") == 0);
}

TEST_CASE("segments whose documents interleave are merged in order") {
    // Numbers are taken in one order and added in another.
    bm::TextIndexFixture index;
    Model model;
    Random random(12);
    std::vector<std::pair<TextDoc, WrittenDocument>> all;
    bm::Transaction transaction(index.database);
    const auto first = index.index.allocate(3000);
    for (int i = 0; i < 3000; ++i) {
        all.push_back(
            {TextDoc{first.value + i}, {ItemKind::entity, random.text(2), random.text(9)}});
        model.add(all.back().first, all.back().second);
    }
    for (std::size_t part = 0; part < 10; ++part) {
        auto loader = index.index.bulk_load(index.project);
        for (std::size_t i = part; i < all.size(); i += 10) {
            loader.add(
                {all[i].first, all[i].second.kind, all[i].second.title, all[i].second.content});
        }
        loader.finish();
    }
    while (index.index.maintain(index.project, 1'000'000)) {
    }
    transaction.commit();
    CHECK(index.number("SELECT count(*) FROM text_segment") < 8);
    for (int i = 0; i < 60; ++i) {
        TextQuery query;
        query.expression = random.expression();
        query.limit = 10'000;
        CAPTURE(query.expression);
        const auto expected = model.search(query);
        const auto page = index.index.search(index.project, query);
        REQUIRE(page.hits.size() == expected.size());
        for (std::size_t k = 0; k < expected.size(); ++k)
            REQUIRE(page.hits[k].doc == expected[k].doc);
    }
}
