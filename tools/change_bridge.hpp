#pragma once

#include <vector>

#include "sync/change_feed.hpp"
#include "tools/catalog.hpp"

namespace bm {

/// What a change of the knowledge base means for those who read resources: the keys of every
/// address under which the note or the project can be asked for. Pure.
std::vector<CatalogChange> catalog_changes(const NoteChange& change);

/// Passes changes on to a listener for as long as it lives. The listener runs on the thread that
/// made the change and must be quick.
class ChangeBridge {
public:
    ChangeBridge(ChangeFeed& feed, CatalogListener listener);
    ~ChangeBridge();
    ChangeBridge(const ChangeBridge&) = delete;
    ChangeBridge& operator=(const ChangeBridge&) = delete;

private:
    ChangeFeed& feed_;
    int number_;
};

}  // namespace bm
