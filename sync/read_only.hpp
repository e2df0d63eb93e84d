#pragma once

#include <optional>

#include "sync/knowledge_base.hpp"

namespace bm {

/// Why nothing in the folder of a project may be changed by this program: its entry in the
/// configuration says `read_only`. None when it may. Fault::unavailable, as of a file system that
/// is mounted so.
std::optional<Error> why_read_only(KnowledgeBase& knowledge, const Project& project);

/// The same as of a configuration alone. Pure.
bool is_read_only(const Config& config, std::string_view project);

}  // namespace bm
