#pragma once

#include <string_view>

#include "sync/knowledge_base.hpp"

namespace bm {

/// Indexes the notes on disk that are not in the index yet and may have this title: those whose
/// file is named like it, and when there are none and only few notes are new, those whose
/// frontmatter says so. For titles that the index does not know. Whether anything was indexed.
/// Costs a walk of the project, so a large one that a scan has seen and that is kept in step is not
/// looked at.
bool index_notes_titled(KnowledgeBase& knowledge, const Project& project, std::string_view title);

}  // namespace bm
