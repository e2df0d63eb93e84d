#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "server/authorizer.hpp"
#include "server/dispatcher.hpp"
#include "server/emitter.hpp"
#include "server/reply.hpp"
#include "server/worker_pool.hpp"

namespace bm {

/// One request with all that it needs, from its admission to its answer.
class Call final : public Task {
public:
    struct Parts {
        /// Whatever the other members refer to and nobody else keeps. First, so it goes last.
        std::shared_ptr<void> kept = nullptr;
        const Dispatcher& dispatcher;
        MessageSink& sink;  ///< for what is sent before the answer
        Reply reply;
        const Method& method;
        const RevisionPolicy& policy;
        LegacySession* session = nullptr;
        Json params;
        RequestMeta meta;
        std::stop_token cancelled;
        SteadyClock clock = steady_now;
        std::optional<Principal> caller = std::nullopt;  ///< none where nobody asks who calls
    };

    explicit Call(Parts parts);

    /// Runs the method. The answer is the caller's to give.
    [[nodiscard]] Outcome work();

    /// Runs the method, and answers with what it gave unless that is for a transport to carry out.
    void run() override;
    [[nodiscard]] bool computes() const noexcept override { return computes_; }

    [[nodiscard]] const Method& method() const noexcept { return parts_.method; }
    [[nodiscard]] Reply& reply() noexcept { return parts_.reply; }

private:
    Parts parts_;
    bool computes_;
    Emitter emitter_;
};

}  // namespace bm
