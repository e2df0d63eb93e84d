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
constexpr const char* kPathsAndKeysFrom =
    "SELECT id, path, title, updated_at FROM entity WHERE project_id = ? AND path >= ? "
    "ORDER BY path";

/// Collects one listing while the paths of the project come by in order.
class Listing {
public:
    Listing(std::string prefix, int depth, std::optional<std::string_view> glob)
        : prefix_(std::move(prefix)),
          depth_(static_cast<std::size_t>(std::max(depth, 1))),
          glob_(glob) {}

    /// Where to read on, or none when the next path is wanted. Paths below the deepest level that
    /// is shown come one for each folder: the rest of the folder is jumped over.
    std::optional<std::string> see(DirectoryNode file) {
        const std::string_view path = file.path;
        std::size_t start = prefix_.size();
        for (std::size_t level = 0; level < depth_; ++level) {
            const std::size_t slash = path.find('/', start);
            if (slash == std::string_view::npos) {
                add_file(std::move(file));
                return std::nullopt;
            }
            see_folder(path.substr(0, slash));
            start = slash + 1;
        }
        return end_of_prefix(path.substr(0, start));
    }

    std::vector<DirectoryNode> nodes() {
        const auto by_name = [](const DirectoryNode& a, const DirectoryNode& b) {
            return std::tie(a.name, a.path) < std::tie(b.name, b.path);
        };
        std::sort(folders_.begin(), folders_.end(), by_name);
        std::sort(files_.begin(), files_.end(), by_name);
        std::move(files_.begin(), files_.end(), std::back_inserter(folders_));
        return std::move(folders_);
    }

private:
    [[nodiscard]] bool is_wanted(std::string_view name) const {
        return !glob_ || matches_glob(name, *glob_);
    }

    void add_file(DirectoryNode file) {
        file.name = file_name(file.path);
        if (is_wanted(file.name)) files_.push_back(std::move(file));
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
            DirectoryNode node;
            node.name = name;
            node.path = '/' + std::string(folder);
            node.is_folder = true;
            folders_.push_back(std::move(node));
        }
    }

    std::string prefix_;
    std::size_t depth_;
    std::optional<std::string_view> glob_;
    std::string last_folder_;
    std::vector<DirectoryNode> folders_;
    std::vector<DirectoryNode> files_;
};

}  // namespace

DirectoryRepository::DirectoryRepository(Database& database) : database_(database) {}

std::vector<DirectoryNode> DirectoryRepository::list(ProjectId project, std::string_view folder,
                                                     int depth,
                                                     std::optional<std::string_view> glob) {
    auto nodes = outline(project, folder, depth, glob, SortKeys::none);
    load(nodes);
    return nodes;
}

std::vector<DirectoryNode> DirectoryRepository::outline(ProjectId project, std::string_view folder,
                                                        int depth,
                                                        std::optional<std::string_view> glob,
                                                        SortKeys keys) {
    const std::string prefix = folder_prefix(folder);
    const bool with_keys = keys == SortKeys::title_and_time;
    Listing listing(prefix, depth, glob);
    auto statement = database_.prepare(with_keys ? kPathsAndKeysFrom : kPathsFrom);
    std::optional<std::string> from = prefix;
    while (from) {
        auto query = statement.run();
        query.bind(project.value).bind(*from);
        from.reset();
        while (!from && query.step()) {
            DirectoryNode file;
            file.id = {query.integer(0)};
            file.path = query.text(1);
            if (!file.path.starts_with(prefix)) break;
            if (with_keys) {
                file.title = query.text(2);
                file.updated = from_microseconds(query.integer(3));
            }
            from = listing.see(std::move(file));
        }
    }
    return listing.nodes();
}

void DirectoryRepository::load(std::vector<DirectoryNode>& nodes) {
    std::vector<EntityId> ids;
    for (const auto& node : nodes) {
        if (!node.is_folder) ids.push_back(node.id);
    }
    auto entities = RowLoader(database_).entities(ids);
    auto next = entities.begin();
    for (auto& node : nodes) {
        if (node.is_folder || next == entities.end() || next->id != node.id) continue;
        node.entity = std::move(*next++);
    }
}

}  // namespace bm
