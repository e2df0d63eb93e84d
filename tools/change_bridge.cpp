#include "tools/change_bridge.hpp"

#include <algorithm>
#include <utility>

#include "tools/resource_uri.hpp"

namespace bm {
namespace {

/// Keys of addresses in a project, each with what may stand in front of it.
class AddressKeys {
public:
    explicit AddressKeys(std::string project) : project_(std::move(project)) {}

    void add(const std::string& name) {
        if (name.empty()) return;
        add_key(name);
        add_in_project(name);
    }
    void add_in_project(const std::string& name) {
        const std::string named = project_ + '/' + name;
        add_key(named);
        add_key("local/" + named);
        add_key("personal/" + named);
    }

    [[nodiscard]] std::vector<CatalogChange> changes() const {
        std::vector<CatalogChange> list;
        for (const auto& key : keys_) {
            list.push_back({CatalogChange::Kind::resource_updated, key, project_});
        }
        return list;
    }

private:
    void add_key(const std::string& address) {
        std::string key = address_key(address);
        if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) {
            keys_.push_back(std::move(key));
        }
    }

    std::string project_;
    std::vector<std::string> keys_;
};

}  // namespace

std::vector<CatalogChange> catalog_changes(const NoteChange& change) {
    if (change.kind == NoteChange::Kind::projects) {
        return {{CatalogChange::Kind::resource_list, "", ""}};
    }
    AddressKeys keys(change.project);
    for (const auto& name : {change.permalink, change.path, change.title, change.external_id}) {
        keys.add(name);
    }
    keys.add_in_project("info");
    return keys.changes();
}

ChangeBridge::ChangeBridge(ChangeFeed& feed, CatalogListener listener)
    : feed_(feed), number_(feed.listen([listener = std::move(listener)](const NoteChange& change) {
          for (const auto& each : catalog_changes(change)) {
              listener(each);
          }
      })) {}

ChangeBridge::~ChangeBridge() { feed_.stop(number_); }

}  // namespace bm
