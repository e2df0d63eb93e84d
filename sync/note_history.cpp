#include "sync/note_history.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/memory_url.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/note_parser.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "repository/local_moment.hpp"
#include "sync/note_lookup.hpp"

namespace bm {

namespace {

constexpr std::size_t kMostCharactersShown = 100;
constexpr std::size_t kFewestIdDigits = 4;
constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr int kMostAttemptsToRemove = 5;

/// What a client sent, in a message.
std::string shown(std::string_view text) {
    const std::string_view start = first_code_points(text, kMostCharactersShown);
    return std::string(start) + (start.size() < text.size() ? "..." : "");
}

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

/// None when no version has such a short checksum: then it is a time.
Result<std::optional<HistoryRecord>> version_with_id(const std::vector<HistoryRecord>& records,
                                                     std::string_view id) {
    if (id.size() < kFewestIdDigits || !is_hex(id)) return std::nullopt;
    const std::string wanted = to_lower(id);
    std::optional<HistoryRecord> found;
    for (const auto& record : records) {
        if (!record.checksum || !record.checksum->hex().starts_with(wanted)) continue;
        if (found && found->checksum != record.checksum) {
            return fail(Fault::ambiguous, "Several versions have an id that begins with " + wanted +
                                              ". Use more of its digits.");
        }
        found = record;
    }
    return found;
}

/// What says when a version was current, not only that something happened.
bool can_be_restored(const HistoryRecord& record) { return record.checksum.has_value(); }

/// What was written down; none where there is no such file.
std::optional<HistoryRecord> keep_doomed(KnowledgeBase& knowledge, const Project& project,
                                         const RelativePath& path,
                                         const Result<FileContent>& content) {
    HistoryRecord record{.at = knowledge.now(),
                         .action = HistoryAction::deleted,
                         .path = path,
                         .from = std::nullopt,
                         .permalink = "",
                         .title = ""};
    if (!content) {
        if (content.error().fault == Fault::not_found) return std::nullopt;
        knowledge.log()(LogLevel::warning, "what " + path.str() + " said is not in the history: " +
                                               content.error().message);
        keep_version(knowledge, project, record, std::nullopt);
        return record;
    }
    auto note = parse_note(content->bytes, path);
    record.permalink = note.permalink.value_or("");
    record.title = std::move(note.title);
    record.since = timestamp_from_ns(content->stamp.mtime_ns);
    keep_version(knowledge, project, record, content->bytes);
    return record;
}

/// Current or not, the latest first.
std::vector<HistoryRecord> all_of(const NoteVersions& versions) {
    std::vector<HistoryRecord> all;
    if (versions.current) all.push_back(*versions.current);
    all.insert(all.end(), versions.records.begin(), versions.records.end());
    return all;
}

Result<HistoryRecord> latest_other_than(const NoteVersions& versions,
                                        const std::optional<Checksum>& current) {
    for (auto& record : all_of(versions)) {
        if (can_be_restored(record) && record.checksum != current) return std::move(record);
    }
    return fail(Fault::not_found, "No earlier version of " + versions.path.str() + " was kept");
}

Result<HistoryRecord> wanted_version(const NoteVersions& versions, const std::string& at,
                                     Timestamp now) {
    const auto all = all_of(versions);
    auto by_id = version_with_id(all, trim(at));
    if (!by_id) return tl::unexpected(by_id.error());
    if (*by_id) return **std::move(by_id);
    const auto moment = local_moment(at, now);
    if (!moment) {
        return fail(Fault::invalid, "'" + shown(at) + "' is neither the id of a kept version of " +
                                        versions.path.str() +
                                        " nor a time such as 2026-01-31T12:00 or \"2 hours ago\"");
    }
    if (const auto* record = version_at(all, *moment)) return *record;
    return fail(Fault::not_found, "No kept version of " + versions.path.str() + " was current at " +
                                      iso8601_utc(*moment));
}

/// What a file says now, whatever the index has seen of it; none when it is gone or nobody can
/// read it. A file that is as it was indexed is not read.
std::optional<Checksum> checksum_on_disk(KnowledgeBase& knowledge, const Project& project,
                                         const RelativePath& path,
                                         const std::optional<Entity>& row) {
    const auto files = knowledge.files(project);
    const auto stamp = files->stamp(path);
    if (!stamp) return std::nullopt;
    if (row && row->stamp == *stamp) return row->checksum;
    const auto measured = files->measure(path);
    if (!measured) return std::nullopt;
    return measured->checksum;
}

/// The past of the note that is, or was last, at a path.
NoteVersions versions_at(KnowledgeBase& knowledge, const Project& project,
                         const RelativePath& path) {
    auto row = knowledge.index().read(
        [&](Tables& tables) { return tables.entities.by_path(project.id, path.str()); });
    auto past = past_of(knowledge.history(), project, path,
                        checksum_on_disk(knowledge, project, path, row));
    std::string title = row ? row->title : path.str();
    return {project, path, std::move(title), std::move(row), std::move(past.records), past.current};
}

std::optional<NoteVersions> versions_by_old_name(KnowledgeBase& knowledge, const Project& project,
                                                 const std::vector<std::string>& names) {
    const auto last = last_place_of(knowledge.history(), project, names);
    if (!last) return std::nullopt;
    auto versions = versions_at(knowledge, project, last->path);
    if (!versions.entity && !last->title.empty()) versions.title = last->title;
    return versions;
}

/// Another note that had the name as its title and is gone, where nothing but the title says that
/// this one is meant.
std::optional<RelativePath> gone_namesake(KnowledgeBase& knowledge, const NoteVersions& versions,
                                          const std::string& name) {
    const Entity& entity = *versions.entity;
    if (entity.title != name || entity.permalink == name) return std::nullopt;
    const auto is_own = [&](const RelativePath& path) {
        return path == entity.path ||
               std::any_of(versions.records.begin(), versions.records.end(),
                           [&](const auto& record) { return record.path == path; });
    };
    for (auto& path : places_of_title(knowledge.history(), versions.project, name)) {
        if (is_own(path)) continue;
        const auto row = knowledge.index().read([&](Tables& tables) {
            return tables.entities.by_path(versions.project.id, path.str());
        });
        if (!row) return std::move(path);
    }
    return std::nullopt;
}

/// The bytes for a place: the permalink in them may be another note's by now.
struct FittingBytes {
    std::string bytes;
    std::optional<std::string> lost_permalink;
};
FittingBytes fitting_bytes(KnowledgeBase& knowledge, const Project& project,
                           const RelativePath& path, std::string bytes) {
    if (!is_note_name(path.str()) || knowledge.config()->disable_permalinks) {
        return {std::move(bytes), std::nullopt};
    }
    auto own = parse_note(bytes, path).permalink;
    if (!own) return {std::move(bytes), std::nullopt};
    const std::string free = knowledge.index().read([&](Tables& tables) {
        return tables.entities.free_permalink(project.id, *own, path.str());
    });
    if (free == *own) return {std::move(bytes), std::nullopt};
    auto text = with_frontmatter_keys(bytes, {{"permalink", Value::string(free)}});
    if (!text) return {std::move(bytes), std::nullopt};
    return {*std::move(text), std::move(own)};
}

}  // namespace

Result<void> keep_version(KnowledgeBase& knowledge, const Project& project, HistoryRecord record,
                          std::optional<std::string_view> bytes) {
    if (!knowledge.config()->history_enabled) {
        return fail(Fault::forbidden, "the history is switched off");
    }
    const std::string path = record.path.str();
    const auto config = knowledge.config();
    const auto kept =
        knowledge.history().keep(project.path, std::move(record), bytes, history_limits(*config));
    if (kept) {
        knowledge.history_care().kept(*kept, knowledge.now());
        return {};
    }
    if (!knowledge.history_care().failed()) return tl::unexpected(kept.error());
    knowledge.log()(LogLevel::warning, "the version of " + path +
                                           " that is replaced could not be kept in the history: " +
                                           kept.error().message);
    return tl::unexpected(kept.error());
}

void withdraw_version(KnowledgeBase& knowledge, const Project& project,
                      const HistoryRecord& record) {
    keep_version(knowledge, project,
                 {.at = record.at,
                  .action = HistoryAction::withdrawn,
                  .path = record.path,
                  .from = std::nullopt,
                  .permalink = "",
                  .title = "",
                  .checksum = std::nullopt,
                  .size = 0,
                  .frame = std::nullopt,
                  .since = record.at},
                 std::nullopt);
}

Result<void> remove_doomed(KnowledgeBase& knowledge, const Project& project,
                           const RelativePath& path) {
    const auto files = knowledge.files(project);
    if (!knowledge.config()->history_enabled) return files->remove(path);
    Error last{Fault::conflict, ""};
    for (int attempt = 0; attempt < kMostAttemptsToRemove; ++attempt) {
        const auto content = files->read(path);
        const auto kept = keep_doomed(knowledge, project, path, content);
        const auto removed =
            content ? files->remove_expected(path, content->stamp) : files->remove(path);
        if (removed) return {};
        if (kept) withdraw_version(knowledge, project, *kept);
        last = removed.error();
        if (last.fault != Fault::conflict) break;
    }
    return tl::unexpected(last);
}

std::vector<RelativePath> notes_in(KnowledgeBase& knowledge, const Project& project) {
    return knowledge.index().read([&](Tables& tables) {
        std::vector<RelativePath> notes;
        for (auto& entity : tables.entities.below(project.id, "")) {
            if (is_note_name(entity.path.str())) notes.push_back(std::move(entity.path));
        }
        return notes;
    });
}

HistoryLimits history_limits(const Config& config) {
    // No clock reaches back further, and a day more in every number would be one day less.
    constexpr int longest = 1'000'000;
    return {std::chrono::days(std::clamp(config.history_max_age_days, 0, longest)),
            static_cast<std::uint64_t>(std::max(config.history_max_size_mb, 0)) * kMegabyte};
}

void prune_history(KnowledgeBase& knowledge, Timestamp now) {
    prune_history(
        knowledge.history(), [&] { return knowledge.config(); }, knowledge.log(), now);
}

void prune_history(const NoteHistory& history,
                   const std::function<std::shared_ptr<const Config>()>& config, const Log& log,
                   Timestamp now) {
    try {
        const auto pruned = history.tend(history_limits(*config()), now);
        if (!pruned || pruned->versions == 0) return;
        log(LogLevel::info,
            std::to_string(pruned->versions) + " old versions of notes were removed");
    } catch (const std::exception& problem) {
        log(LogLevel::warning, std::string("old versions of notes stay: ") + problem.what());
    }
}

Result<NoteVersions> versions_of(KnowledgeBase& knowledge, const Project& project,
                                 bool project_is_explicit, std::string_view identifier) {
    auto found =
        find_note(knowledge, project, project_is_explicit, identifier, LookupPurpose::changing);
    if (!found && found.error().fault != Fault::not_found) return tl::unexpected(found.error());
    const std::string name(link_target(without_memory_scheme(trim(identifier))));
    if (!found) {
        if (auto past = versions_by_old_name(knowledge, project, {name})) return *std::move(past);
        const auto scoped = named_project(knowledge, project, project_is_explicit, name);
        if (scoped) {
            auto past = versions_by_old_name(knowledge, scoped->first, {scoped->second});
            if (past) return *std::move(past);
        }
        return fail(Fault::not_found, "No note of project '" + project.name.str() +
                                          "' is or was called '" + shown(name) +
                                          "', as far as the history goes back");
    }
    if (is_note_name(name) && found->entity.path.str() != name) {
        // A path means the file that is, or was, there, whoever has its permalink by now.
        auto past = versions_by_old_name(knowledge, found->project, {name});
        if (past) return *std::move(past);
    }
    auto versions = versions_at(knowledge, found->project, found->entity.path);
    if (const auto other = gone_namesake(knowledge, versions, name)) {
        return fail(Fault::ambiguous, "'" + shown(name) + "' is " + versions.path.str() +
                                          ", and was " + other->str() +
                                          ", which is gone. Use the path of the one you mean.");
    }
    return versions;
}

Result<RestoredVersion> restore_version(KnowledgeBase& knowledge, const NoteVersions& versions,
                                        const std::optional<std::string>& at) {
    NoteStore store(knowledge, versions.project);
    const auto current = checksum_on_disk(knowledge, versions.project, versions.path, std::nullopt);
    const auto version =
        at ? wanted_version(versions, *at, knowledge.now()) : latest_other_than(versions, current);
    if (!version) return tl::unexpected(version.error());
    const auto nothing_to_do = [&] {
        return fail(Fault::conflict,
                    "Nothing to restore: " + versions.path.str() + " is what it was then already");
    };
    if (version->checksum == current) return nothing_to_do();
    const auto bytes = knowledge.history().bytes(versions.project.path, *version);
    if (!bytes) {
        return fail(bytes.error().fault, "The version " + version->checksum->short_hex() + " of " +
                                             versions.path.str() +
                                             " cannot be restored: " + bytes.error().message);
    }
    auto fitting = fitting_bytes(knowledge, versions.project, versions.path, *bytes);
    if (fitting.lost_permalink && checksum_of(fitting.bytes) == current) return nothing_to_do();
    auto written = store.write_file(versions.path, fitting.bytes, ReplacedVersion::kept);
    if (auto* note = std::get_if<StoredNote>(&written)) {
        return RestoredVersion{std::move(*note), *version, std::move(fitting.lost_permalink)};
    }
    if (auto* error = std::get_if<Error>(&written)) return tl::unexpected(std::move(*error));
    return fail(Fault::conflict, versions.path.str() + " is there already");
}

}  // namespace bm
