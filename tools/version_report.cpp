#include "tools/version_report.hpp"

#include <algorithm>
#include <span>

#include "markdown/text.hpp"
#include "tools/call_text.hpp"
#include "tools/note_report.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/relative_time.hpp"

namespace bm {

namespace {

std::span<const HistoryRecord> versions_on_page(const NoteVersions& versions, std::size_t offset,
                                                std::size_t count) {
    const std::span<const HistoryRecord> all(versions.records);
    const std::size_t first = std::min(offset, all.size());
    return all.subspan(first, std::min(count, all.size() - first));
}

}  // namespace

std::string version_id(const HistoryRecord& record) {
    return record.checksum ? record.checksum->short_hex() : "";
}

std::string version_story(const HistoryRecord& record) {
    switch (record.action) {
        case HistoryAction::overwritten:
            return record.checksum ? "replaced" : "replaced, its bytes are not kept";
        case HistoryAction::deleted:
            return record.checksum ? "deleted" : "deleted, its bytes are not kept";
        case HistoryAction::moved:
            return record.from ? "moved here from " + record.from->str() : "moved";
        case HistoryAction::external:
            return "written by another program";
        case HistoryAction::written:
            return "written by a tool";
        case HistoryAction::withdrawn:
            break;
    }
    return "";
}

Json version_json(const HistoryRecord& record) {
    return {{"id", record.checksum ? Json(record.checksum->short_hex()) : Json(nullptr)},
            {"at", iso8601_utc(record.at)},
            {"action", name_of(record.action)},
            {"size", record.size},
            {"file_path", record.path.str()},
            {"moved_from", record.from ? Json(record.from->str()) : Json(nullptr)},
            {"checksum", record.checksum ? Json(record.checksum->hex()) : Json(nullptr)}};
}

Json versions_json(const NoteVersions& versions, std::size_t offset, std::size_t count) {
    Json list = Json::array();
    for (const auto& record : versions_on_page(versions, offset, count))
        list.push_back(version_json(record));
    return {{"title", versions.title},
            {"permalink", versions.entity ? permalink_json(*versions.entity) : Json(nullptr)},
            {"file_path", versions.path.str()},
            {"project", versions.project.name.str()},
            {"exists", versions.entity.has_value()},
            {"total", versions.records.size()},
            {"versions", std::move(list)}};
}

std::string versions_text(const NoteVersions& versions, std::size_t offset, std::size_t count,
                          Timestamp now) {
    std::string text = "# History of " + versions.title +
                       "\nproject: " + versions.project.name.str() +
                       "\nfile_path: " + versions.path.str() +
                       "\nnow: " + (versions.entity ? "there" : "deleted") + "\n";
    const auto page = versions_on_page(versions, offset, count);
    if (page.empty()) {
        text += versions.records.empty() ? "\nNo earlier version is kept.\n"
                                         : "\nNo more versions on this page.\n";
        return text + session_footer(versions.project);
    }
    text += '\n';
    for (const auto& record : page) {
        const std::string id = version_id(record);
        text += "- " + (id.empty() ? "" : '`' + id + "` ") + version_story(record) + ' ' +
                relative_time(record.at, now) + " (" + iso8601_utc(record.at) + ')';
        if (!id.empty()) text += ", " + std::to_string(record.size) + " bytes";
        text += '\n';
    }
    if (page.size() < versions.records.size()) {
        text += "\n" + std::to_string(versions.records.size()) + " entries in all.\n";
    }
    const auto restorable = std::find_if(page.begin(), page.end(), [](const HistoryRecord& each) {
        return each.checksum.has_value();
    });
    if (restorable != page.end()) {
        text += "\nTo bring a version back: `" +
                call_text("restore_note", {{"", versions.path.str()},
                                           {"at", version_id(*restorable)},
                                           {"project", versions.project.name.str()}}) +
                "`\n";
    }
    return text + session_footer(versions.project);
}

Result<NoteVersions> asked_versions(ToolContext& context, const ProjectWish& wish,
                                    std::string_view identifier) {
    const auto chosen = project_for(context.knowledge, wish, identifier);
    if (!chosen) return tl::unexpected(chosen.error());
    if (!stays_inside(chosen->project, identifier)) {
        log_refusal(context, chosen->project, identifier);
        return fail(Fault::forbidden, refusal_sentence("Identifier", identifier));
    }
    auto versions =
        versions_of(context.knowledge, chosen->project, chosen->is_explicit, identifier);
    if (versions && !stays_inside(versions->project, versions->path.str())) {
        log_refusal(context, versions->project, versions->path.str());
        return fail(Fault::forbidden, refusal_sentence("File path", versions->path.str()));
    }
    return versions;
}

}  // namespace bm
