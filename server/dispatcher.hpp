#pragma once

#include <string_view>

#include "server/method.hpp"
#include "server/offering.hpp"
#include "server/severity.hpp"

namespace bm {

/// Finds the method that a request names and runs it behind a wall that no exception passes. Knows
/// neither transports nor threads; thread-safe.
class Dispatcher {
public:
    Dispatcher(const Catalog& catalog, AnnouncedChanges announced, std::size_t page_size,
               ServerLog log);

    /// The method, where the revision knows it and we offer it; else method not found.
    [[nodiscard]] OrError<const Method*> find(std::string_view name,
                                              const RevisionPolicy& policy) const;

    /// Runs it. A result comes back complete, with everything that the revision adds to each. A
    /// fault of ours becomes an internal error with a neutral sentence; its details go to the log.
    [[nodiscard]] Outcome dispatch(const Method& method, RequestContext& context) const;

    [[nodiscard]] const Offering& offering() const noexcept { return offering_; }
    /// Adds to a result what the revision adds to each.
    [[nodiscard]] Json finished(Json result, const RevisionPolicy& policy,
                                const std::optional<CacheHint>& hint = std::nullopt) const;

private:
    [[nodiscard]] ProtocolError fault(const Method& method, RequestContext& context,
                                      std::string_view what) const;

    Offering offering_;
    ServerLog log_;
    Json implementation_;
    MethodTable table_;
};

}  // namespace bm
