#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/change_bus.hpp"
#include "server/method.hpp"
#include "server/offering.hpp"
#include "server/severity.hpp"
#include "server/state_sealer.hpp"

namespace bm {

/// What some calls need of their server.
struct DispatcherServices {
    /// Hears of tasks that change; null: nobody does. Outlives the dispatcher.
    ChangeBus* changes = nullptr;
    /// At least 32 random bytes, under which calls that wait for input hand their state to the
    /// client. Empty: a new one, so that no such call outlives the process.
    std::string secret{};
    /// False where no legacy session is kept: what only a session could do is not declared.
    bool legacy_sessions = true;
};

/// Finds the method that a request names and runs it behind a wall that no exception passes. Knows
/// neither transports nor threads; thread-safe.
class Dispatcher {
public:
    Dispatcher(const Catalog& catalog, AnnouncedChanges announced, std::size_t page_size,
               ServerLog log, const DispatcherServices& services = {});
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;
    /// Stops the calls that go on in the background, and waits for them.
    ~Dispatcher();

    /// The method, where the revision knows it and we offer it; else method not found.
    [[nodiscard]] OrError<const Method*> find(std::string_view name,
                                              const RevisionPolicy& policy) const;

    /// Whether a call of it works from its start to its end: it changes nothing, so it waits for no
    /// lock and no disk, and asks nobody anything.
    [[nodiscard]] bool computes(const Method& method, const Json& params) const;

    /// Runs it. A result comes back complete, with everything that the revision adds to each. A
    /// fault of ours becomes an internal error with a neutral sentence; its details go to the log.
    [[nodiscard]] Outcome dispatch(const Method& method, RequestContext& context) const;

    [[nodiscard]] const Offering& offering() const noexcept { return offering_; }
    /// Adds to a result what the revision adds to each.
    [[nodiscard]] Json finished(Json result, const RevisionPolicy& policy,
                                const std::optional<CacheHint>& hint = std::nullopt) const;

private:
    /// Runs it with what the caller may reach.
    [[nodiscard]] Outcome handle(const Method& method, RequestContext& context) const;
    [[nodiscard]] ProtocolError fault(const Method& method, RequestContext& context,
                                      std::string_view what) const;

    ServerLog log_;
    StateSealer states_;
    std::unique_ptr<TaskStore> tasks_;  // null: no tool goes on in the background
    Offering offering_;
    Json implementation_;
    MethodTable table_;
};

}  // namespace bm
