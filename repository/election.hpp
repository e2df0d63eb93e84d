#pragma once

#include <filesystem>

#include "repository/descriptor.hpp"

namespace bm {

/// One candidate for a post that only one of several processes holds: an advisory lock. The lock
/// file stays open between attempts, so that whoever watches it for being closed hears of the end
/// of a candidate. When somebody deletes it, the next attempt of each candidate, the holder
/// included, is for the file that has its name then.
class Election {
public:
    /// Makes the lock file. Throws std::system_error when that cannot be done.
    explicit Election(std::filesystem::path lock_file);

    /// True when this candidate holds the post, now or already. A holder whose lock file was
    /// deleted may lose it here. Just after a holder's file was closed the lock may still be held
    /// for a moment.
    bool try_win();
    [[nodiscard]] bool is_won() const noexcept { return is_won_; }

    /// Whether a candidate of any process holds the post. Stands for nothing and makes no file.
    static bool is_held(const std::filesystem::path& lock_file);

private:
    bool open();
    bool lock();
    [[nodiscard]] bool is_in_place() const;

    std::filesystem::path path_;
    Descriptor file_;
    bool is_won_ = false;
};

}  // namespace bm
