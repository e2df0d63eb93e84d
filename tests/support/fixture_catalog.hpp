#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "tools/catalog.hpp"

namespace bm::test {

/// A door that calls wait behind, so that tests decide when a slow call ends.
class Gate {
public:
    void open();
    /// True when the gate opened, false when the wait was stopped first.
    bool wait(const std::stop_token& stop);
    /// Blocks until `count` calls have begun to wait.
    void wait_for_arrivals(int count);

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool open_ = false;
    int arrivals_ = 0;
};

/// A small catalog that behaves in every way a real one may: answers of all shapes, failures of all
/// kinds, slow calls. Its parts refer to the gate, so it stays where it is.
class FixtureCatalog {
public:
    FixtureCatalog();
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
