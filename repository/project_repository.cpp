#include "repository/project_repository.hpp"

#include <utility>

#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "repository/stored_rows.hpp"

namespace bm {

namespace {

// More failing files than this are one problem of the whole project.
constexpr std::int64_t kMaxFailures = 100;

constexpr const char* kSelectProjects =
    "SELECT id, external_id, name, permalink, path, is_default FROM project ";

Project read_project(const Query& query) {
    return {.id = {query.integer(0)},
            .external_id = query.string(1),
            .name = ProjectName::parse(query.text(2)).value(),
            .permalink = query.string(3),
            .path = query.string(4),
            .is_default = query.integer(5) != 0};
}

std::optional<Project> first_project(Query& query) {
    if (!query.step()) return std::nullopt;
    return read_project(query);
}

std::string select_projects(const char* condition) {
    return std::string(kSelectProjects) + condition;
}

}  // namespace

struct ProjectRepository::Statements {
    explicit Statements(Database& database)
        : all(database, select_projects("ORDER BY id")),
          by_id(database, select_projects("WHERE id = ?")),
          by_external_id(database, select_projects("WHERE external_id = ?")),
          by_name(database, select_projects("WHERE name = ?")),
          by_permalink(database, select_projects("WHERE permalink = ?")),
          by_folded_name(database,
                         select_projects("WHERE case_folded(name) = ? ORDER BY id LIMIT 1")),
          insert(database, R"sql(
              INSERT INTO project (external_id, name, permalink, path, created_at, updated_at)
              VALUES (?, ?, ?, ?, ?5, ?5))sql"),
          // What was remembered of the last scan is true of the old folder only.
          set_path(database,
                   "UPDATE project SET path = ?, updated_at = ?, last_scan_started = NULL,"
                   " last_file_count = NULL WHERE id = ?"),
          forget_mounts(database, "DELETE FROM project_mount WHERE project_id = ?"),
          set_default(database,
                      "UPDATE project SET is_default = (id = ?1)"
                      " WHERE EXISTS (SELECT 1 FROM project WHERE id = ?1)"),
          // Whole tables first, in their own order: letting each entity take its rows along would
          // look every link up, and an index would lead through the table at random.
          erase_relations(database, "DELETE FROM relation NOT INDEXED WHERE project_id = ?"),
          erase_observations(database, "DELETE FROM observation NOT INDEXED WHERE project_id = ?"),
          erase(database, "DELETE FROM project WHERE id = ?"),
          record(database, R"sql(
              INSERT INTO failed_file (project_id, path, checksum, failures, first_failed,
                                       last_failed, reason)
              VALUES (?1, ?2, ?3, 1, ?4, ?4, ?5)
              ON CONFLICT (project_id, path) DO UPDATE
              SET checksum = excluded.checksum, failures = failures + 1,
                  last_failed = excluded.last_failed, reason = excluded.reason)sql"),
          drop_oldest(database, R"sql(
              DELETE FROM failed_file
              WHERE project_id = ?1 AND path IN (
                  SELECT path FROM failed_file WHERE project_id = ?1
                  ORDER BY last_failed DESC, path LIMIT -1 OFFSET ?2))sql"),
          forget(database, "DELETE FROM failed_file WHERE project_id = ? AND path = ?"),
          failures(database, R"sql(
              SELECT path, checksum, failures, first_failed, last_failed, reason
              FROM failed_file WHERE project_id = ? ORDER BY path)sql"),
          set_last_scan(database,
                        "UPDATE project SET last_scan_started = ?, last_file_count = ?"
                        " WHERE id = ?"),
          last_scan(database,
                    "SELECT last_scan_started, last_file_count FROM project"
                    " WHERE id = ? AND last_scan_started IS NOT NULL"),
          add_pending(database,
                      "UPDATE project SET pending_links = max(pending_links, ?),"
                      " pending_round = pending_round + 1 WHERE id = ?"),
          pending(database, "SELECT pending_links, pending_round FROM project WHERE id = ?"),
          clear_pending(database,
                        "UPDATE project SET pending_links = 0 WHERE id = ? AND pending_round = ?") {
    }

    Statement all, by_id, by_external_id, by_name, by_permalink, by_folded_name, insert, set_path,
        forget_mounts, set_default, erase_relations, erase_observations, erase, record, drop_oldest,
        forget, failures, set_last_scan, last_scan, add_pending, pending, clear_pending;
};

ProjectRepository::ProjectRepository(Database& database)
    : database_(database), statements_(std::make_shared<Statements>(database)) {}

std::vector<Project> ProjectRepository::all() {
    std::vector<Project> found;
    auto query = statements_->all.run();
    while (query.step()) found.push_back(read_project(query));
    return found;
}

std::optional<Project> ProjectRepository::by_id(ProjectId id) {
    auto query = statements_->by_id.run();
    query.bind(id.value);
    return first_project(query);
}

std::optional<Project> ProjectRepository::by_external_id(std::string_view uuid) {
    const auto bytes = uuid_bytes(uuid);
    if (!bytes) return std::nullopt;
    auto query = statements_->by_external_id.run();
    query.bind(uuid_text(*bytes));
    return first_project(query);
}

std::optional<Project> ProjectRepository::find(std::string_view name) {
    const auto ask = [](Statement& statement, std::string_view text) {
        auto query = statement.run();
        query.bind(text);
        return first_project(query);
    };
    if (auto project = ask(statements_->by_name, name)) return project;
    if (auto project = ask(statements_->by_permalink, slug(name))) return project;
    return ask(statements_->by_folded_name, case_fold(name));
}

std::string ProjectRepository::free_permalink(const std::string& start) {
    const auto is_taken = [this](const std::string& permalink) {
        auto query = statements_->by_permalink.run();
        query.bind(permalink);
        return query.step();
    };
    std::string permalink = start;
    for (int number = 1; is_taken(permalink); ++number) {
        permalink = start + '-' + std::to_string(number);
    }
    return permalink;
}

Project ProjectRepository::insert(const ProjectName& name, const std::filesystem::path& path,
                                  Timestamp now) {
    Project project{.id = {0},
                    .external_id = new_uuid(),
                    .name = name,
                    .permalink = free_permalink(permalink_for_path(name.str())),
                    .path = path,
                    .is_default = false};
    statements_->insert.run()
        .bind(project.external_id)
        .bind(name.str())
        .bind(project.permalink)
        .bind(path.string())
        .bind(to_microseconds(now))
        .done();
    project.id = {database_.last_insert_id()};
    return project;
}

void ProjectRepository::set_path(ProjectId id, const std::filesystem::path& path, Timestamp now) {
    statements_->set_path.run()
        .bind(path.string())
        .bind(to_microseconds(now))
        .bind(id.value)
        .done();
    statements_->forget_mounts.run().bind(id.value).done();
}

void ProjectRepository::set_default(ProjectId id) {
    statements_->set_default.run().bind(id.value).done();
}

bool ProjectRepository::erase(ProjectId id) {
    statements_->erase_relations.run().bind(id.value).done();
    statements_->erase_observations.run().bind(id.value).done();
    statements_->erase.run().bind(id.value).done();
    return database_.changes() > 0;
}

void ProjectRepository::record_failure(ProjectId id, std::string_view path,
                                       const std::optional<Checksum>& checksum,
                                       std::string_view reason, Timestamp now) {
    auto query = statements_->record.run();
    query.bind(id.value).bind(path);
    if (checksum) {
        query.bind_blob(checksum->raw());
    } else {
        query.bind_null();
    }
    query.bind(to_microseconds(now)).bind(reason).done();
    statements_->drop_oldest.run().bind(id.value).bind(kMaxFailures).done();
}

void ProjectRepository::forget_failure(ProjectId id, std::string_view path) {
    statements_->forget.run().bind(id.value).bind(path).done();
}

std::vector<FailedFile> ProjectRepository::failures(ProjectId id) {
    std::vector<FailedFile> found;
    auto query = statements_->failures.run();
    query.bind(id.value);
    while (query.step()) {
        found.push_back({.path = query.string(0),
                         .checksum = Checksum::from_raw(query.blob(1)),
                         .failures = query.integer(2),
                         .first_failed = from_microseconds(query.integer(3)),
                         .last_failed = from_microseconds(query.integer(4)),
                         .reason = query.string(5)});
    }
    return found;
}

void ProjectRepository::set_last_scan(ProjectId id, Timestamp started, std::int64_t files) {
    statements_->set_last_scan.run()
        .bind(to_microseconds(started))
        .bind(files)
        .bind(id.value)
        .done();
}

std::optional<LastScan> ProjectRepository::last_scan(ProjectId id) {
    auto query = statements_->last_scan.run();
    if (!query.bind(id.value).step()) return std::nullopt;
    return LastScan{from_microseconds(query.integer(0)), query.integer(1)};
}

void ProjectRepository::add_pending_links(ProjectId id, PendingLinks links) {
    statements_->add_pending.run().bind(static_cast<std::int64_t>(links)).bind(id.value).done();
}

PendingState ProjectRepository::pending_links(ProjectId id) {
    auto query = statements_->pending.run();
    if (!query.bind(id.value).step()) return {};
    const std::int64_t links = query.integer(0);
    return {links == 0   ? PendingLinks::none
            : links == 1 ? PendingLinks::waiting
                         : PendingLinks::all,
            query.integer(1)};
}

bool ProjectRepository::clear_pending_links(ProjectId id, const PendingState& state) {
    statements_->clear_pending.run().bind(id.value).bind(state.round).done();
    return database_.changes() > 0;
}

}  // namespace bm
