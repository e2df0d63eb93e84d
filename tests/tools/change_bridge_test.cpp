#include "tools/change_bridge.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace {

bool names(const std::vector<bm::CatalogChange>& changes, const char* uri) {
    return std::any_of(changes.begin(), changes.end(), [uri](const bm::CatalogChange& change) {
        return change.kind == bm::CatalogChange::Kind::resource_updated && change.uri == uri;
    });
}

}  // namespace

TEST_CASE("a changed note is announced under every address that it can be read at") {
    const auto changes = bm::catalog_changes(
        {bm::NoteChange::Kind::written, "My Research", "papers/über-attention"});
    for (const char* uri : {
             "memory://papers/über-attention",
             "memory://papers/%C3%BCber-attention",
             "memory://my-research/papers/über-attention",
             "memory://my-research/papers/%C3%BCber-attention",
             "memory://my-research/info",
             "memory://My%20Research/info",
             "memory://local/my-research/info",
             "memory://personal/my-research/info",
         }) {
        CAPTURE(uri);
        CHECK(names(changes, uri));
    }
}

TEST_CASE("a project that comes or goes changes the list of resources") {
    const auto changes = bm::catalog_changes({bm::NoteChange::Kind::projects, "x", ""});
    REQUIRE(changes.size() == 1);
    CHECK(changes.front().kind == bm::CatalogChange::Kind::resource_list);
}

TEST_CASE("a bridge passes changes on for as long as it lives") {
    bm::ChangeFeed feed;
    std::size_t heard = 0;
    {
        const bm::ChangeBridge bridge(feed, [&](const bm::CatalogChange&) { ++heard; });
        feed.publish({bm::NoteChange::Kind::projects, "x", ""});
        CHECK(heard == 1);
    }
    feed.publish({bm::NoteChange::Kind::projects, "x", ""});
    CHECK(heard == 1);
}
