#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cloud/file_set.hpp"

namespace bm {

/// What both sides had when they last agreed, and what they have now (through the filter of the
/// run: what it hides is missing on both).
struct GuardInput {
    const FileSet& local_before;
    const FileSet& remote_before;
    const FileSet& local_now;
    const FileSet& remote_now;
};

/// The deletions of a run in both directions, counted in files before anything runs.
struct DeletionCount {
    std::vector<std::string> in_cloud;  ///< gone here, to be deleted there
    std::vector<std::string> locally;   ///< gone there, to be deleted here
    /// Entries that rclone will regard as deleted on a side: these, and what is gone on both.
    std::size_t vanished_locally = 0;
    std::size_t vanished_in_cloud = 0;
    std::size_t entries_locally = 0;  ///< of the last agreement, folders among them
    std::size_t entries_in_cloud = 0;
    /// Files of the last agreement that a side still has.
    std::size_t left_locally = 0;
    std::size_t left_in_cloud = 0;

    /// Nothing is left on a side, which is to be repeated on the other one: a disk that is not
    /// mounted, or another one in its place, looks so.
    [[nodiscard]] bool has_lost_all_locally() const noexcept {
        return left_locally == 0 && !in_cloud.empty();
    }
    [[nodiscard]] bool has_lost_all_in_cloud() const noexcept {
        return left_in_cloud == 0 && !locally.empty();
    }
    [[nodiscard]] std::size_t most() const noexcept {
        return in_cloud.size() > locally.size() ? in_cloud.size() : locally.size();
    }
};

/// Names are compared as rclone pairs them, however they are composed. Pure.
DeletionCount count_deletions(const GuardInput& input);

/// Whether something that a side had is there under another name now: of the same size and time.
/// Then it was renamed, and the side is the one we know. Pure.
bool was_renamed(const FileSet& before, const FileSet& now);

/// The percentage for rclone's own `--max-delete` under which a run may delete `limit` files on a
/// side and what is gone on both anyway, and as little more as a percentage allows; at most 100.
/// Pure.
int percentage_for(const DeletionCount& count, std::size_t limit);

/// The largest percentage under which no run deletes more than `limit` files, nor all of them: of
/// `entries` on the fuller side so many are files on the one that has fewest. Pure.
int percentage_within(std::size_t entries, std::size_t files, std::size_t limit);

}  // namespace bm
