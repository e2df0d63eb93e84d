#include "sync/note_history.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "markdown/memory_url.hpp"
#include "markdown/permalink.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "markdown/timeframe.hpp"
#include "sync/note_lookup.hpp"

namespace bm {

namespace {

// Nobody looks at more of one note's past.
constexpr std::size_t kMaxVersions = 1000;
constexpr std::size_t kFewestIdDigits = 4;
constexpr std::uint64_t kMegabyte = 1'000'000;

bool is_named(const HistoryRecord& record, std::string_view name) {
    const std::string& path = record.path.str();
    return path == name || path == std::string(name) + ".md" ||
           (!record.permalink.empty() && record.permalink == name) ||
           (!record.title.empty() && record.title == name) || permalink_for_path(path) == name ||
           (record.from &&
            (record.from->str() == name || record.from->str() == std::string(name) + ".md"));
}

/// The path of a note that is gone, by what it was called last.
std::optional<HistoryRecord> last_record_of(const NoteHistory& history, const Project& project,
                                            std::string_view name) {
    std::optional<HistoryRecord> found;
    history.each(project.path, [&](const HistoryRecord& record) {
        if (is_named(record, name)) found = record;
        return !found;
    });
    return found;
}

/// A change that was tried again.
bool repeats_the_last(const std::vector<HistoryRecord>& records, const HistoryRecord& record) {
    return !records.empty() && record.checksum && records.back().checksum == record.checksum &&
           records.back().action == record.action;
}

std::vector<HistoryRecord> records_of(const NoteHistory& history, const Project& project,
                                      const RelativePath& path) {
    std::vector<HistoryRecord> records;
    RelativePath place = path;
    history.each(project.path, [&](const HistoryRecord& record) {
        if (record.path != place) return true;
        if (!repeats_the_last(records, record)) records.push_back(record);
        if (record.from) place = *record.from;
        return records.size() < kMaxVersions;
    });
    return records;
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

Result<HistoryRecord> latest_other_than(const NoteVersions& versions,
                                        const std::optional<Checksum>& current) {
    for (const auto& record : versions.records) {
        if (can_be_restored(record) && record.checksum != current) return record;
    }
    return fail(Fault::not_found, "No earlier version of " + versions.path.str() + " was kept");
}

Result<HistoryRecord> wanted_version(const NoteVersions& versions, const std::string& at,
                                     Timestamp now) {
    auto by_id = version_with_id(versions.records, trim(at));
    if (!by_id) return tl::unexpected(by_id.error());
    if (*by_id) return **std::move(by_id);
    const auto moment =
        parse_moment(at, std::chrono::floor<std::chrono::seconds>(now), utc_offset_at(now));
    if (!moment) {
        return fail(Fault::invalid, "'" + at + "' is neither the id of a kept version of " +
                                        versions.path.str() +
                                        " nor a time such as 2026-01-31T12:00 or \"2 hours ago\"");
    }
    if (const auto* record = version_at(versions.records, Timestamp(*moment))) return *record;
    return fail(Fault::not_found, "No kept version of " + versions.path.str() + " was current at " +
                                      iso8601_utc(Timestamp(*moment)));
}

std::optional<Checksum> checksum_on_disk(NoteStore& store, const RelativePath& path) {
    const auto content = store.read(path);
    if (!content) return std::nullopt;
    return checksum_of(content->bytes);
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
    if (kept) return {};
    knowledge.log()(LogLevel::warning, "the version of " + path +
                                           " that is replaced could not be kept in the history: " +
                                           kept.error().message);
    return tl::unexpected(kept.error());
}

void keep_external(KnowledgeBase& knowledge, const Project& project, const PreparedFile& file,
                   std::string_view bytes) {
    if (!file.note) return;
    keep_version(knowledge, project,
                 {.at = knowledge.now(),
                  .action = HistoryAction::external,
                  .path = file.path,
                  .from = std::nullopt,
                  .permalink = file.note->permalink.value_or(""),
                  .title = file.note->title},
                 bytes);
}

HistoryLimits history_limits(const Config& config) {
    // No clock reaches back further, and a day more in every number would be one day less.
    constexpr int longest = 1'000'000;
    return {std::chrono::days(std::clamp(config.history_max_age_days, 0, longest)),
            static_cast<std::uint64_t>(std::max(config.history_max_size_mb, 0)) * kMegabyte};
}

void prune_history(KnowledgeBase& knowledge) {
    try {
        const auto pruned =
            knowledge.history().tend(history_limits(*knowledge.config()), knowledge.now());
        if (!pruned || pruned->versions == 0) return;
        knowledge.log()(LogLevel::info,
                        std::to_string(pruned->versions) + " old versions of notes were removed");
    } catch (const std::exception& problem) {
        knowledge.log()(LogLevel::warning,
                        std::string("old versions of notes stay: ") + problem.what());
    }
}

Result<NoteVersions> versions_of(KnowledgeBase& knowledge, const Project& project,
                                 bool project_is_explicit, std::string_view identifier) {
    const NoteHistory& history = knowledge.history();
    auto found =
        find_note(knowledge, project, project_is_explicit, identifier, LookupPurpose::changing);
    if (found) {
        auto records = records_of(history, found->project, found->entity.path);
        return NoteVersions{std::move(found->project), found->entity.path, found->entity.title,
                            std::move(found->entity), std::move(records)};
    }
    if (found.error().fault != Fault::not_found) return tl::unexpected(found.error());
    const std::string_view name = link_target(without_memory_scheme(trim(identifier)));
    const auto last = last_record_of(history, project, name);
    if (!last) {
        return fail(Fault::not_found, "No note of project '" + project.name.str() +
                                          "' is or was called '" + std::string(name) +
                                          "', as far as the history goes back");
    }
    const bool is_at_old_place =
        last->from && last->path.str() != name && last->permalink != name && last->title != name;
    const RelativePath path = is_at_old_place ? *last->from : last->path;
    return NoteVersions{project, path, last->title.empty() ? path.str() : last->title, std::nullopt,
                        records_of(history, project, path)};
}

const HistoryRecord* version_at(const std::vector<HistoryRecord>& latest_first, Timestamp moment) {
    const HistoryRecord* later = nullptr;  // the first change after the moment
    for (const auto& record : latest_first) {
        const bool changed_nothing =
            record.action == HistoryAction::moved && !can_be_restored(record);
        if (changed_nothing) continue;
        if (record.at > moment) {
            later = &record;
            continue;
        }
        // What another program wrote stays current until the next change.
        if (record.action == HistoryAction::external && can_be_restored(record)) return &record;
        break;
    }
    if (later == nullptr || !can_be_restored(*later)) return nullptr;
    return later->action == HistoryAction::external ? nullptr : later;
}

Result<RestoredVersion> restore_version(KnowledgeBase& knowledge, const NoteVersions& versions,
                                        const std::optional<std::string>& at) {
    NoteStore store(knowledge, versions.project);
    const auto current = checksum_on_disk(store, versions.path);
    const auto version =
        at ? wanted_version(versions, *at, knowledge.now()) : latest_other_than(versions, current);
    if (!version) return tl::unexpected(version.error());
    if (version->checksum == current) {
        return fail(Fault::conflict,
                    "Nothing to restore: " + versions.path.str() + " is what it was then already");
    }
    const auto bytes = knowledge.history().bytes(versions.project.path, *version);
    if (!bytes) {
        return fail(bytes.error().fault, "The version " + version->checksum->short_hex() + " of " +
                                             versions.path.str() +
                                             " cannot be restored: " + bytes.error().message);
    }
    auto written = store.write_file(versions.path, *bytes, ReplacedVersion::kept);
    if (auto* note = std::get_if<StoredNote>(&written)) {
        return RestoredVersion{std::move(*note), *version};
    }
    if (auto* error = std::get_if<Error>(&written)) return tl::unexpected(std::move(*error));
    return fail(Fault::conflict, versions.path.str() + " is there already");
}

}  // namespace bm
