#pragma once

#include <cstddef>
#include <string>

#include "sync/note_history.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool.hpp"
#include "tools/tool_context.hpp"

/// How earlier versions of a note are told.
namespace bm {

/// What names the version to restore_note: its short checksum, or empty when it cannot be restored.
std::string version_id(const HistoryRecord& record);
/// "replaced by a tool", "moved here from a/b.md" and the like.
std::string version_story(const HistoryRecord& record);
Json version_json(const HistoryRecord& record);
/// The note and the versions on one page.
Json versions_json(const NoteVersions& versions, std::size_t offset, std::size_t count);
/// The same as text, with how long ago each of them was seen from `now`.
std::string versions_text(const NoteVersions& versions, std::size_t offset, std::size_t count,
                          Timestamp now);

/// The versions of what a client names; refusals are logged as such.
Result<NoteVersions> asked_versions(ToolContext& context, const ProjectWish& wish,
                                    std::string_view identifier);

}  // namespace bm
