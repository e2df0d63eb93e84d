#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "markdown/result.hpp"
#include "repository/config_file.hpp"
#include "sync/ignore_rules.hpp"

namespace bm {

/// Which projects lie in the folders of others. The commands make none; a config.json of others may
/// have some. Thread-safe.
class InnerProjects {
public:
    /// Those below `path`, which is that of a project; the innermost first.
    std::vector<InnerProject> below(const std::filesystem::path& path,
                                    const std::shared_ptr<const Config>& config);

private:
    std::mutex mutex_;
    std::shared_ptr<const Config> read_from_;
    std::map<std::filesystem::path, std::vector<InnerProject>> by_outer_;
};

/// Fault::conflict for a folder that lies in `data`, in that of a project or around it.
Result<void> check_nesting(const std::filesystem::path& path, const std::filesystem::path& data,
                           const Config& config);

}  // namespace bm
