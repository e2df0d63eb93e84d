#include "sync/run_length.hpp"

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "repository/indexed_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

class RunLength {
public:
    explicit RunLength(const fs::path& root) : root_(root) {}

    [[nodiscard]] bool is_short() const { return names_ <= kMostFiles && bytes_ <= kMostBytes; }

    void add(const std::string& path) {
        std::error_code error;
        const fs::directory_entry entry(root_ / path, error);
        add(entry);
        if (!entry.is_regular_file(error) || entry.is_symlink(error)) others_.push_back(path);
        if (!entry.is_directory(error) || entry.is_symlink(error)) return;
        fs::recursive_directory_iterator below(
            entry.path(), fs::directory_options::skip_permission_denied, error);
        for (; !error && below != fs::recursive_directory_iterator() && is_short();
             below.increment(error)) {
            add(*below);
        }
    }

    /// Of what is no file now, as there may have been one, or a folder.
    void add_rows(Database& database, ProjectId project) {
        names_ += count_files_at(database, project, others_, kMostFiles + 1);
    }

private:
    static constexpr std::size_t kMostFiles = 300;
    static constexpr std::uintmax_t kMostBytes = 32U << 20U;

    void add(const fs::directory_entry& entry) {
        std::error_code error;
        ++names_;
        if (entry.is_symlink(error) || !entry.is_regular_file(error)) return;
        const auto size = entry.file_size(error);
        if (!error) bytes_ += size;
    }

    const fs::path& root_;
    std::size_t names_ = 0;
    std::uintmax_t bytes_ = 0;
    std::vector<std::string> others_;
};

}  // namespace

bool is_short_run(KnowledgeBase& knowledge, const Project& project, const SyncScope& scope) {
    if (scope.is_whole_project()) return false;
    RunLength length(project.path);
    for (const auto& path : scope.paths()) {
        length.add(path);
        if (!length.is_short()) return false;
    }
    knowledge.index().read([&](Tables& tables) { length.add_rows(tables.database, project.id); });
    return length.is_short();
}

}  // namespace bm
