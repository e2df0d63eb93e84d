#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "repository/entity.hpp"
#include "sync/ignore_rules.hpp"

namespace bm {

/// The rules of ignore files on the disk, read again only when a file has changed. Thread-safe.
class IgnoreFiles {
public:
    /// A file that is missing or unreadable holds no pattern.
    IgnoreRules rules(const std::filesystem::path& user_file,
                      const std::filesystem::path& project_file);

private:
    struct Known {
        std::optional<FileStamp> user;
        std::optional<FileStamp> project;
        std::shared_ptr<const IgnoreRules> rules;
    };

    std::mutex mutex_;
    std::map<std::filesystem::path, Known> known_;  ///< by the project's file
};

}  // namespace bm
