#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sync/note_store.hpp"
#include "tools/tool.hpp"

/// What a client hears about a note that was just written or edited.
namespace bm {

/// The heading and the lines that name project, file, permalink and checksum.
std::string note_head(std::string_view heading, const Project& project, const Entity& entity);

/// The lines below `## Observations`, `## Relations` and so on, each section after a blank line;
/// nothing for what the note does not have. `explain` adds what unresolved relations are.
std::string note_sections(const StoredNote& note, bool explain);

/// What a change that was made has left undone: a section after a blank line, or nothing.
std::string not_done_section(const NotDone& not_done);
/// The same as a member of an answer for programs, where there is something to tell.
void add_not_done(Json& value, const NotDone& not_done);

/// A blank line and the line that ends the report.
std::string session_footer(const Project& project);

/// The permalink, or "None".
std::string shown_permalink(const Entity& entity);

/// The permalink, or null.
Json permalink_json(const Entity& entity);

/// Line breaks + 1.
std::size_t line_count(std::string_view text);

}  // namespace bm
