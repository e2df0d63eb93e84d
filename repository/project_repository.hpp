#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/names.hpp"
#include "repository/database.hpp"
#include "repository/entity.hpp"

namespace bm {

struct Project {
    ProjectId id;
    std::string external_id;
    ProjectName name;
    std::string permalink;  ///< slug of the name, with a number where two names have the same
    std::filesystem::path path;
    bool is_default = false;
};

/// A file that could not be indexed.
struct FailedFile {
    std::string path;
    std::optional<Checksum> checksum;
    std::int64_t failures;
    Timestamp first_failed;
    Timestamp last_failed;
    std::string reason;
};

/// The last scan that looked at every file of a project.
struct LastScan {
    Timestamp started;
    std::int64_t files;
};

/// What a bulk load left to do about links. Kept with the rows, so that a load that was killed is
/// finished by whoever comes next.
enum class PendingLinks : std::uint8_t {
    none,
    waiting,  ///< those without a target
    all,      ///< those with one, too
};

struct PendingState {
    PendingLinks links = PendingLinks::none;
    std::int64_t round = 0;
};

/// Rows of `project` and of the files that failed in one. One connection, one thread.
class ProjectRepository {
public:
    explicit ProjectRepository(Database& database);

    [[nodiscard]] std::vector<Project> all();
    [[nodiscard]] std::optional<Project> by_id(ProjectId id);
    [[nodiscard]] std::optional<Project> by_external_id(std::string_view uuid);
    /// Exact name, then slug of the argument, then name without regard to case.
    [[nodiscard]] std::optional<Project> find(std::string_view name);

    Project insert(const ProjectName& name, const std::filesystem::path& path, Timestamp now);
    void set_path(ProjectId id, const std::filesystem::path& path, Timestamp now);
    void set_default(ProjectId id);
    /// The project and every row of it.
    bool erase(ProjectId id);

    /// Counts one more failure; at most 100 files of a project are remembered, the oldest go.
    void record_failure(ProjectId id, std::string_view path,
                        const std::optional<Checksum>& checksum, std::string_view reason,
                        Timestamp now);
    void forget_failure(ProjectId id, std::string_view path);
    [[nodiscard]] std::vector<FailedFile> failures(ProjectId id);

    void set_last_scan(ProjectId id, Timestamp started, std::int64_t files);
    /// None while no scan has finished.
    [[nodiscard]] std::optional<LastScan> last_scan(ProjectId id);

    /// Never less than what is pending already.
    void add_pending_links(ProjectId id, PendingLinks links);
    [[nodiscard]] PendingState pending_links(ProjectId id);
    /// False when more became pending since `state` was read.
    bool clear_pending_links(ProjectId id, const PendingState& state);

private:
    std::string free_permalink(const std::string& start);

    Database& database_;
    struct Statements;
    std::shared_ptr<Statements> statements_;
};

}  // namespace bm
