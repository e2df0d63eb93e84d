#pragma once

#include <cstddef>

#include "server/protocol_era.hpp"
#include "tools/catalog.hpp"

namespace bm {

class StateSealer;
class TaskStore;

/// What a method may need from us.
enum class Ability {
    none,
    tools,
    prompts,
    resources,
    resource_updates,
    completions,
    logging,
    change_notices,
    tasks,
};

/// The changes that somebody will report to the change bus. We promise clients no others.
struct AnnouncedChanges {
    bool tools_list = true;
    bool prompts_list = true;
    bool resources_list = true;
    bool resource_updates = true;
};

/// Whether calls of some tool may go on in the background.
[[nodiscard]] bool goes_on_in_background(const Catalog& catalog);

/// What we offer to every client. Immutable, so any thread may use it.
struct Offering {
    const Catalog& catalog;
    AnnouncedChanges announced;
    std::size_t page_size = 100;
    const StateSealer* states = nullptr;  ///< needed by calls that ask their client
    TaskStore* tasks = nullptr;           ///< without it no call goes on in the background
    /// Without sessions, clients of legacy revisions hear of no change.
    bool legacy_sessions = true;

    /// Computed from what the catalog holds: what has no entries is not offered.
    [[nodiscard]] bool has(Ability ability) const;

    /// The capabilities object of the revision.
    [[nodiscard]] Json capabilities(const RevisionPolicy& policy) const;
};

}  // namespace bm
