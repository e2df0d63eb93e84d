#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "host/unfinished_uploads.hpp"

namespace bm {

/// What a host that has just started cannot know: which uploads broke off when the last one ended.
/// Their clients delete the names of those soon, and mean their own halves. For a while what is
/// older than the start goes only for a caller who has listed its folder since: he knows that it
/// is whole. Thread-safe.
class FreshStart {
public:
    static constexpr std::chrono::seconds kLasts = UnfinishedUploads::kRemembered;
    /// More are not remembered: they have to be listed later.
    static constexpr std::size_t kMostListed = 100'000;

    explicit FreshStart(UnfinishedUploads::Now now = std::chrono::steady_clock::now);

    /// The caller has got the whole list of a folder.
    void listed(const std::string& caller, const std::string& folder);
    /// Whether a wish to delete something in that folder may be about half an upload. `changed_ns`
    /// is when the system last changed it, since 1970.
    [[nodiscard]] bool doubts(const std::string& caller, const std::string& folder,
                              std::int64_t changed_ns);
    /// Until when it lasts; at least one.
    [[nodiscard]] std::chrono::seconds left();

private:
    UnfinishedUploads::Now now_;
    Moment began_;
    std::int64_t began_ns_;  ///< by the clock of the file system
    std::mutex mutex_;
    std::set<std::pair<std::string, std::string>> listed_;
};

}  // namespace bm
