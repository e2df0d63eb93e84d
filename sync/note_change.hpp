#pragma once

#include <string>

#include "repository/entity.hpp"

namespace bm {

/// Something that readers may want to hear about, after it is committed.
struct NoteChange {
    enum class Kind { written, moved, removed, projects };
    Kind kind;
    std::string project;    ///< name; empty for `projects`
    std::string permalink;  ///< of the note, or its path when it has none
    std::string path = {};
    std::string title = {};
    std::string external_id = {};

    friend bool operator==(const NoteChange&, const NoteChange&) = default;
};
NoteChange note_change(NoteChange::Kind kind, const std::string& project, const Entity& note);

}  // namespace bm
