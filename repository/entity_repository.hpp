#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/names.hpp"
#include "repository/database.hpp"
#include "repository/entity.hpp"
#include "repository/link_key.hpp"
#include "repository/text_index.hpp"

namespace bm {

struct EntityKeys;

/// Rows of `entity`, always within one project. One connection, one thread; never opens a
/// transaction.
class EntityRepository {
public:
    explicit EntityRepository(Database& database);

    [[nodiscard]] std::optional<Entity> by_id(EntityId id);
    /// Those that exist, in the order of `ids`. Any number of ids.
    [[nodiscard]] std::vector<Entity> by_ids(std::span<const EntityId> ids);
    [[nodiscard]] std::optional<Entity> by_permalink(ProjectId project, std::string_view permalink);
    [[nodiscard]] std::vector<Entity> by_permalinks(ProjectId project,
                                                    std::span<const std::string> permalinks);
    [[nodiscard]] std::optional<Entity> by_path(ProjectId project, std::string_view path);
    /// Any spelling of a UUID.
    [[nodiscard]] std::optional<Entity> by_external_id(ProjectId project, std::string_view uuid);
    /// Exact title; shortest path first, ties by path.
    [[nodiscard]] std::vector<Entity> by_title(ProjectId project, std::string_view title);
    /// Of the notes with exactly this title at most `limit`, in no order.
    [[nodiscard]] std::vector<EntityId> ids_by_title(ProjectId project, std::string_view title,
                                                     std::size_t limit);
    /// Equal after case folding, in the same order.
    [[nodiscard]] std::vector<Entity> by_folded_title(ProjectId project, std::string_view title);
    [[nodiscard]] std::vector<Entity> by_path_alias(ProjectId project, std::string_view alias);
    [[nodiscard]] std::vector<Entity> by_type(ProjectId project, std::string_view canonical_type);
    [[nodiscard]] std::vector<Entity> by_checksum(ProjectId project, const Checksum& checksum);

    /// Which file owns a permalink, without loading the row.
    [[nodiscard]] std::optional<RelativePath> path_of_permalink(ProjectId project,
                                                                std::string_view permalink);
    [[nodiscard]] std::optional<std::string> permalink_of_path(ProjectId project,
                                                               std::string_view path);
    /// `start`, or `start`-1, `start`-2, ...: the first that no file other than `path` owns. At
    /// most some fifty queries however many suffixes are taken (among thousands a gap that a
    /// deleted note left may be passed over).
    [[nodiscard]] std::string free_permalink(ProjectId project, std::string_view start,
                                             std::string_view path);
    [[nodiscard]] bool permalink_exists(ProjectId project, std::string_view permalink);

    /// Inserts, or updates the row of the same path in place: id and external id stay (and
    /// `created` is the caller's business). A permalink that another path owns gets the suffix -1,
    /// -2, ...; the row says which.
    Entity upsert(ProjectId project, const EntityDraft& draft, TextDoc text_doc);
    /// New path and permalink for the same note. Throws when another note has the path
    /// (std::invalid_argument) or the permalink (DatabaseError, constraint).
    void move(EntityId id, const RelativePath& path, const std::optional<std::string>& permalink);
    void set_stamp(EntityId id, const FileStamp& stamp);
    /// Of a file that was touched: its bytes are the same.
    void set_updated(const Entity& entity, Timestamp updated);
    /// False for an unknown id.
    bool erase(EntityId id);
    /// Every row of that canonical type; the number of rows that went.
    std::int64_t erase_type(ProjectId project, std::string_view canonical_type);

    [[nodiscard]] std::int64_t count(ProjectId project);
    [[nodiscard]] std::vector<std::string> paths(ProjectId project);
    [[nodiscard]] std::vector<std::string> permalinks(ProjectId project);
    [[nodiscard]] std::map<std::string, std::string> permalink_to_path(ProjectId project);
    [[nodiscard]] std::map<std::string, std::string> path_to_permalink(ProjectId project);
    /// Every folder and every ancestor of one that holds a file, sorted, without the root.
    [[nodiscard]] std::vector<std::string> folders(ProjectId project);
    /// Everything below a folder, recursively; "" and "/" mean all. Sorted by path.
    [[nodiscard]] std::vector<Entity> below(ProjectId project, std::string_view folder);

    [[nodiscard]] TextDoc text_doc(EntityId id);

private:
    /// What is there already at the path of a draft.
    struct KnownRow {
        std::int64_t id;
        std::string external_id;
        std::int64_t changed_at;
        bool has_same_names;  ///< title, type and permalink, and what follows from them
    };
    std::optional<KnownRow> known_row(ProjectId project, const EntityDraft& draft,
                                      const std::optional<std::string>& permalink,
                                      const EntityKeys& keys);

    /// Bytes of the id, or of a new one.
    std::string free_external_id(const std::optional<std::string>& wanted);

    Database& database_;
    struct Statements;
    std::shared_ptr<Statements> statements_;
};

}  // namespace bm
