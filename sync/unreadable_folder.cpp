#include "sync/unreadable_folder.hpp"

#include "repository/trouble.hpp"

namespace bm {

std::string unreadable_sentence(const std::string& folder, const Hindrances& hindrances) {
    const std::string shown = folder.empty() ? "/" : folder;
    const auto hindrance = hindrances.find(folder);
    if (hindrance == hindrances.end()) {
        return "the folder " + shown +
               " is empty and on another disk than before: its notes stay in the index until that "
               "disk is mounted. If the folder is meant to be empty, put any note into it.";
    }
    return with_way_out("cannot read the folder " + shown +
                        ", and what it holds stays as it is in the index: " + hindrance->second);
}

}  // namespace bm
