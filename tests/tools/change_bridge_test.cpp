#include "tools/change_bridge.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tools/resource_uri.hpp"

namespace {

bool names(const std::vector<bm::CatalogChange>& changes, const std::string& address) {
    return std::any_of(changes.begin(), changes.end(), [&](const bm::CatalogChange& change) {
        return change.kind == bm::CatalogChange::Kind::resource_updated &&
               change.key == bm::address_key(address);
    });
}

}  // namespace

TEST_CASE("a changed note is announced under every address that it can be read at") {
    const auto changes = bm::catalog_changes(
        {bm::NoteChange::Kind::written, "My Research", "papers/über-attention", "papers/Über.md",
         "About Attention", "7b0e0c54-0000-4000-8000-00000000000a"});
    for (const char* address : {
             "papers/über-attention",
             "papers/Über.md",
             "papers/über",
             "About Attention",
             "about attention",
             "[[About Attention]]",
             "7b0e0c54-0000-4000-8000-00000000000a",
             "my-research/papers/über-attention",
             "My Research/papers/Über.md",
             "My Research::About Attention",
             "personal/my-research/papers/Über",
             "my-research/info",
             "My Research/info",
             "local/my-research/info",
             "personal/my-research/info",
         }) {
        CAPTURE(address);
        CHECK(names(changes, address));
    }
    CHECK(std::all_of(changes.begin(), changes.end(),
                      [](const auto& change) { return change.project == "My Research"; }));
    CHECK_FALSE(names(changes, "papers"));
    CHECK_FALSE(names(changes, "info"));
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
