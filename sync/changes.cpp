#include "sync/changes.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace bm {

ChangeFinder::ChangeFinder(const ScanResult& disk, bool everything)
    : disk_(disk), everything_(everything) {}

bool ChangeFinder::lies_in_unreadable_folder(const std::string& path) const {
    return std::any_of(disk_.unreadable_folders.begin(), disk_.unreadable_folders.end(),
                       [&path](const std::string& folder) { return path.starts_with(folder); });
}

void ChangeFinder::row(IndexedFile indexed) {
    while (next_ < disk_.files.size() && disk_.files[next_].path < indexed.path) {
        differences_.added.push_back(disk_.files[next_++]);
    }
    if (next_ < disk_.files.size() && disk_.files[next_].path == indexed.path) {
        const SeenFile& seen = disk_.files[next_++];
        if (everything_ || seen.stamp != indexed.stamp) {
            differences_.touched.push_back({seen, std::move(indexed)});
        } else {
            ++differences_.unchanged;
        }
        return;
    }
    if (lies_in_unreadable_folder(indexed.path.str())) {
        ++differences_.unchanged;
    } else {
        differences_.gone.push_back(std::move(indexed));
    }
}

Differences ChangeFinder::finish() {
    while (next_ < disk_.files.size()) differences_.added.push_back(disk_.files[next_++]);
    return std::move(differences_);
}

std::vector<MovedFile> take_moves(Differences& differences,
                                  std::span<const std::optional<Checksum>> checksums) {
    std::multimap<Checksum, std::size_t> gone;
    for (std::size_t i = 0; i < differences.gone.size(); ++i)
        gone.emplace(differences.gone[i].checksum, i);
    std::vector<MovedFile> moves;
    std::vector<bool> left(differences.gone.size(), true);
    std::vector<SeenFile> added;
    for (std::size_t i = 0; i < differences.added.size(); ++i) {
        const auto match =
            i < checksums.size() && checksums[i] ? gone.find(*checksums[i]) : gone.end();
        if (match == gone.end()) {
            added.push_back(std::move(differences.added[i]));
            continue;
        }
        moves.push_back({differences.gone[match->second], std::move(differences.added[i])});
        left[match->second] = false;
        gone.erase(match);
    }
    std::vector<IndexedFile> still_gone;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i]) still_gone.push_back(std::move(differences.gone[i]));
    }
    differences.added = std::move(added);
    differences.gone = std::move(still_gone);
    return moves;
}

}  // namespace bm
