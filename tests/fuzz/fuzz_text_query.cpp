// What a person types as a query: preparing, relaxing, parsing and searching never throw, and what
// was typed without operators is always understood.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "repository/database.hpp"
#include "repository/schema.hpp"
#include "repository/text_expression.hpp"
#include "repository/text_index.hpp"
#include "repository/text_query.hpp"

namespace {

struct Corpus {
    Corpus() {
        bm::prepare_schema(database);
        database.exec(
            "INSERT INTO project (id, external_id, name, permalink, path, created_at, updated_at)"
            " VALUES (1, 'p', 'p', 'p', 'p', 0, 0)");
        bm::Transaction transaction(database);
        const auto first = index.allocate(4);
        auto loader = index.bulk_load(project);
        loader.add(
            {first, bm::ItemKind::entity, "Hello world", "a b c hello-world C++ \u4e2d\u6587"});
        loader.add({{first.value + 1}, bm::ItemKind::observation, "tech", "hello a a b"});
        loader.finish();
        index.add(project,
                  {{{first.value + 2}, bm::ItemKind::relation, "Hello", "world caf\u00e9"}});
        transaction.commit();
    }

    bm::Database database{":memory:", bm::Database::Mode::read_write_create};
    bm::TextIndex index{database};
    bm::ProjectId project{1};
};

void require(bool promise) {
    if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Corpus corpus;
    const std::string typed(reinterpret_cast<const char*>(data), size);
    for (const bool prefix : {false, true}) {
        const std::string expression = bm::prepare_text_query(typed, prefix);
        const auto page = corpus.index.search(corpus.project, {expression});
        require(page.hits.size() <= static_cast<std::size_t>(page.total));
        require(!page.bad_syntax || page.total == 0);
        const bool parsed = bm::parse_text_expression(expression).has_value();
        require(page.bad_syntax == !parsed);
    }
    if (const auto relaxed = bm::relaxed_text_query(typed)) {
        require(relaxed->size() > bm::kMaxExpressionBytes / 2 ||
                !corpus.index.search(corpus.project, {*relaxed}).bad_syntax);
    }
    // The text as an expression, too.
    (void)corpus.index.search(corpus.project, {typed});
    return 0;
}
