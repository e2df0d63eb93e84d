#pragma once

#include <functional>
#include <string_view>

#include "sync/knowledge_base.hpp"

namespace bm {

/// Proves that notes go in and come out: in a project of its own, `doctor-` and 8 digits, a note is
/// written and its file looked at, another file is put there by hand, indexed and found, and
/// nothing is left to be done. `passed` hears of each step that went well. The project and its
/// folder below `folder` are gone afterwards, whatever happens. Stops between two steps when `stop`
/// says so. Errors name the step.
Result<void> try_round_trip(KnowledgeBase& knowledge, const std::filesystem::path& folder,
                            const std::function<void(std::string_view)>& passed,
                            const std::function<bool()>& stop);

}  // namespace bm
