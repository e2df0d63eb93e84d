#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "repository/entity.hpp"
#include "repository/log.hpp"
#include "sync/ignore_rules.hpp"

namespace bm {

/// The rules of ignore files on the disk, read again only when a file has changed. Thread-safe.
class IgnoreFiles {
public:
    explicit IgnoreFiles(Log log) : log_(std::move(log)) {}

    /// Makes the user's file with the default list, unless there is one or nobody can tell.
    void make_user_file(const std::filesystem::path& file) const;

    /// Of the user's file and those in the folder of a project. A file that is missing, or is none,
    /// holds no pattern. While one cannot be read the last known rules stay in force, which is
    /// logged once; unknown ones when there are none. Lines that are no patterns are logged when
    /// they are new.
    IgnoreRules rules(const std::filesystem::path& user_file, const std::filesystem::path& project);

private:
    using Stamps = std::array<std::optional<FileStamp>, 3>;
    struct Known {
        Stamps stamps;
        std::shared_ptr<const IgnoreRules> rules;
        bool is_told = false;  ///< that they cannot be read any more
    };

    IgnoreRules last_known(const std::filesystem::path& project, std::string sentence);

    Log log_;
    std::mutex mutex_;
    std::map<std::filesystem::path, Known> known_;  ///< by the project's folder
};

}  // namespace bm
