#pragma once

#include <vector>

#include "tests/support/gate.hpp"
#include "tools/catalog.hpp"

namespace bm::test {

/// A small catalog that behaves in every way a real one may: answers of all shapes, failures of all
/// kinds, slow calls. Its parts refer to the gate, so it stays where it is.
class FixtureCatalog {
public:
    /// With `more` tools behind its own.
    explicit FixtureCatalog(std::vector<Tool> more = {});
    FixtureCatalog(const FixtureCatalog&) = delete;
    FixtureCatalog& operator=(const FixtureCatalog&) = delete;

    [[nodiscard]] const Catalog& catalog() const noexcept { return catalog_; }
    [[nodiscard]] Gate& gate() noexcept { return gate_; }

private:
    Gate gate_;
    Catalog catalog_;
};

/// A catalog without entries.
[[nodiscard]] Catalog empty_catalog();

}  // namespace bm::test
