#include "tools/change_bridge.hpp"

#include <algorithm>
#include <utility>

#include "markdown/permalink.hpp"
#include "tools/resource_uri.hpp"

namespace bm {
namespace {

/// Addresses without repetition, each as it is and percent-encoded.
class Addresses {
public:
    void add(const std::string& path) {
        add_uri("memory://" + path);
        add_uri("memory://" + percent_encoded_path(path));
    }

    [[nodiscard]] std::vector<CatalogChange> changes() const {
        std::vector<CatalogChange> list;
        for (const auto& uri : uris_) {
            list.push_back({CatalogChange::Kind::resource_updated, uri});
        }
        return list;
    }

private:
    void add_uri(std::string uri) {
        if (std::find(uris_.begin(), uris_.end(), uri) == uris_.end()) {
            uris_.push_back(std::move(uri));
        }
    }

    std::vector<std::string> uris_;
};

}  // namespace

std::vector<CatalogChange> catalog_changes(const NoteChange& change) {
    if (change.kind == NoteChange::Kind::projects) {
        return {{CatalogChange::Kind::resource_list, ""}};
    }
    const std::string project = slug(change.project);
    Addresses addresses;
    addresses.add(change.permalink);
    addresses.add(project + '/' + change.permalink);
    for (const auto& name : {project, change.project}) {
        addresses.add(name + "/info");
        addresses.add("local/" + name + "/info");
        addresses.add("personal/" + name + "/info");
    }
    return addresses.changes();
}

ChangeBridge::ChangeBridge(ChangeFeed& feed, CatalogListener listener)
    : feed_(feed), number_(feed.listen([listener = std::move(listener)](const NoteChange& change) {
          for (const auto& each : catalog_changes(change)) {
              listener(each);
          }
      })) {}

ChangeBridge::~ChangeBridge() { feed_.stop(number_); }

}  // namespace bm
