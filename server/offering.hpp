#pragma once

#include <cstddef>

#include "server/protocol_era.hpp"
#include "tools/catalog.hpp"

namespace bm {

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
};

/// The changes that somebody will report to the change bus. We promise clients no others.
struct AnnouncedChanges {
    bool tools_list = true;
    bool prompts_list = true;
    bool resources_list = true;
    bool resource_updates = true;
};

/// What we offer to every client. Immutable, so any thread may use it.
struct Offering {
    const Catalog& catalog;
    AnnouncedChanges announced;
    std::size_t page_size = 100;

    /// Computed from what the catalog holds: what has no entries is not offered.
    [[nodiscard]] bool has(Ability ability) const;

    /// The capabilities object of the revision.
    [[nodiscard]] Json capabilities(const RevisionPolicy& policy) const;
};

}  // namespace bm
