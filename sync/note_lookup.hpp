#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "markdown/result.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// A note and the project it was found in.
struct FoundNote {
    Project project;
    Entity entity;
};

enum class LookupPurpose {
    reading,   ///< of several notes with one title the one with the shortest path is taken
    changing,  ///< several are Fault::ambiguous, with the list
};

/// The note that a client means by `identifier`: "memory://" and "[[ ]]" are removed, then
/// resolve_identifier, then the files on disk by path, slug and title (a note that is not indexed
/// yet is indexed), then a leading project name ("project/path", "project::title",
/// "personal/project/path") when `project_is_explicit` allows another project or names the same.
/// Fault::not_found, Fault::ambiguous.
Result<FoundNote> find_note(KnowledgeBase& knowledge, const Project& project,
                            bool project_is_explicit, std::string_view identifier,
                            LookupPurpose purpose);

/// A project in front of an identifier, and the rest: what find_note tries last. None when there is
/// none, or when the call may not leave `project`.
std::optional<std::pair<Project, std::string>> named_project(KnowledgeBase& knowledge,
                                                             const Project& project,
                                                             bool project_is_explicit,
                                                             std::string_view identifier);

}  // namespace bm
