#pragma once

#include "sync/knowledge_base.hpp"
#include "sync/sync_scope.hpp"

namespace bm {

/// Whether a run over that part of a project takes no longer than others can wait: at most 300
/// names and rows, and 32 MB. Looks no further than that, and at no file's bytes. Ignored files
/// count too. Throws DatabaseError as Index::read does.
bool is_short_run(KnowledgeBase& knowledge, const Project& project, const SyncScope& scope);

}  // namespace bm
