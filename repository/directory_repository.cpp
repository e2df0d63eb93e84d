#include "repository/directory_repository.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "markdown/text.hpp"
#include "repository/stored_rows.hpp"
#include "repository/text_range.hpp"

namespace bm {

namespace {

constexpr const char* kPathsFrom =
    "SELECT id, path FROM entity WHERE project_id = ? AND path >= ? ORDER BY path";

/// Collects one listing while the paths of the project come by in order.
class Listing {
public:
    Listing(std::string prefix, int depth, std::optional<std::string_view> glob)
        : prefix_(std::move(prefix)),
          depth_(static_cast<std::size_t>(std::max(depth, 1))),
          glob_(glob) {}

    /// Where to read on, or none when the next path is wanted. Paths below the deepest level that
    /// is shown come one for each folder: the rest of the folder is jumped over.
    std::optional<std::string> see(EntityId id, std::string_view path) {
        std::size_t start = prefix_.size();
        for (std::size_t level = 0; level < depth_; ++level) {
            const std::size_t slash = path.find('/', start);
            if (slash == std::string_view::npos) {
                add_file(id, path);
                return std::nullopt;
            }
            see_folder(path.substr(0, slash));
            start = slash + 1;
        }
        return end_of_prefix(path.substr(0, start));
    }

    std::vector<DirectoryNode> nodes(Database& database) {
        const auto by_name = [](const DirectoryNode& a, const DirectoryNode& b) {
            return std::tie(a.name, a.path) < std::tie(b.name, b.path);
        };
        auto entities = RowLoader(database).entities(file_ids_);
        std::vector<DirectoryNode> files;
        files.reserve(entities.size());
        for (auto& entity : entities) {
            DirectoryNode node{
                std::string(file_name(entity.path.str())), entity.path.str(), false, {}};
            node.entity = std::move(entity);
            files.push_back(std::move(node));
        }
        std::sort(folders_.begin(), folders_.end(), by_name);
        std::sort(files.begin(), files.end(), by_name);
        std::move(files.begin(), files.end(), std::back_inserter(folders_));
        return std::move(folders_);
    }

private:
    [[nodiscard]] bool is_wanted(std::string_view name) const {
        return !glob_ || matches_glob(name, *glob_);
    }

    void add_file(EntityId id, std::string_view path) {
        if (is_wanted(file_name(path))) file_ids_.push_back(id);
    }

    /// All paths below one folder come in a row, so a folder is new unless the last one seen is it
    /// or lies in it.
    void see_folder(std::string_view folder) {
        if (last_folder_.starts_with(folder) &&
            (last_folder_.size() == folder.size() || last_folder_[folder.size()] == '/')) {
            return;
        }
        last_folder_ = folder;
        const std::string_view name = file_name(folder);
        if (is_wanted(name)) {
            folders_.push_back({std::string(name), '/' + std::string(folder), true, std::nullopt});
        }
    }

    std::string prefix_;
    std::size_t depth_;
    std::optional<std::string_view> glob_;
    std::string last_folder_;
    std::vector<DirectoryNode> folders_;
    std::vector<EntityId> file_ids_;
};

}  // namespace

DirectoryRepository::DirectoryRepository(Database& database) : database_(database) {}

std::vector<DirectoryNode> DirectoryRepository::list(ProjectId project, std::string_view folder,
                                                     int depth,
                                                     std::optional<std::string_view> glob) {
    const std::string prefix = folder_prefix(folder);
    Listing listing(prefix, depth, glob);
    auto statement = database_.prepare(kPathsFrom);
    std::optional<std::string> from = prefix;
    while (from) {
        auto query = statement.run();
        query.bind(project.value).bind(*from);
        from.reset();
        while (!from && query.step()) {
            const std::string_view path = query.text(1);
            if (!path.starts_with(prefix)) break;
            from = listing.see({query.integer(0)}, path);
        }
    }
    return listing.nodes(database_);
}

}  // namespace bm
