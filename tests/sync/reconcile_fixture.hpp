#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace bm::test {

using Paths = std::vector<std::string>;

inline SyncReport sync(KnowledgeFixture& fixture, bool full = false) {
    SyncOptions options;
    options.full = full;
    auto report = reconcile_project(fixture.knowledge(), fixture.project(), options);
    REQUIRE(report);
    return *std::move(report);
}

inline SyncReport compare(KnowledgeFixture& fixture) {
    auto report = compare_project(fixture.knowledge(), fixture.project());
    REQUIRE(report);
    return *std::move(report);
}

inline std::vector<std::string> hits(KnowledgeFixture& fixture, const std::string& text) {
    SearchRequest request;
    request.criterion = SearchRequest::Text{text};
    request.kinds = 1U << static_cast<unsigned>(ItemKind::entity);
    request.limit = 1'000;
    std::vector<std::string> found;
    const auto id = fixture.project().id;
    fixture.read_index([&](Tables& tables) {
        for (const auto& row : tables.search.search(id, request).rows) found.push_back(row.path);
    });
    std::sort(found.begin(), found.end());
    return found;
}

/// Where the only link of a note leads.
inline std::string target_of(KnowledgeFixture& fixture, std::string_view path) {
    const auto links = fixture.links(path);
    REQUIRE(links.size() == 1);
    return links.front().to_path.value_or("nothing");
}

}  // namespace bm::test
