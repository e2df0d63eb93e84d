#pragma once

#include <functional>
#include <string_view>

#include "sync/knowledge_base.hpp"

namespace bm {

/// Proves that notes go in and come out: in a project of its own, `doctor-` and 8 digits, a note is
/// written and its file looked at, another file is put there by hand, indexed and found, and
/// nothing is left to be done. `passed` hears of each step that went well. The project, its folder
/// below `folder` and its history are gone afterwards, unless this process is killed. Stops between
/// two steps when `stop` says so. Errors name the step.
Result<void> try_round_trip(KnowledgeBase& knowledge, const std::filesystem::path& folder,
                            const std::function<void(std::string_view)>& passed,
                            const std::function<bool()>& stop);

/// Whether a project is one of a round trip below `folder`.
bool is_of_round_trip(const Project& project, const std::filesystem::path& folder);

/// Removes what is left below `folder` of round trips that were killed. Those under way stay, and
/// so does a folder that only has such a name. Errors are logged.
void remove_dead_round_trips(KnowledgeBase& knowledge, const std::filesystem::path& folder);

}  // namespace bm
