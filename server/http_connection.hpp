#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "server/http_exchange.hpp"
#include "server/http_head.hpp"
#include "server/http_response.hpp"
#include "server/http_socket.hpp"
#include "server/memory_budget.hpp"
#include "server/severity.hpp"
#include "server/trusted_proxies.hpp"

namespace bm {

/// What one connection may take up.
struct ConnectionLimits {
    HeadLimits head{};
    /// A head that has begun is complete by then, and so is what comes before the first one (TLS).
    std::chrono::milliseconds head_time{10'000};
    /// A body is, however slowly its bytes come.
    std::chrono::milliseconds body_time{60'000};
    /// How long a connection may wait for its next request. Longer than proxies keep theirs: what
    /// they send at the moment in which we close is lost.
    std::chrono::milliseconds idle_time{75'000};
    WritePatience writes{};
};

/// Serves the requests of one connection one after the other, until either side closes it.
class HttpConnection {
public:
    struct Surroundings {
        HttpService& service;
        const ConnectionLimits& limits;
        const ServerLog& log;
        const TrustedProxies& proxies;
        /// Of bodies, and of answers that are not taken yet. Null: as much as there is.
        MemoryBudget* memory;
        /// True when the server is to answer nothing new.
        std::function<bool()> is_stopping;
        /// True when threads are short: no connection is kept for later.
        std::function<bool()> is_crowded;
    };

    HttpConnection(HttpSocket socket, Surroundings surroundings);

    void run();

private:
    class Exchange;

    [[nodiscard]] std::optional<HttpHead> next_head(bool is_first);
    [[nodiscard]] std::optional<std::size_t> read_head(bool is_first);
    [[nodiscard]] bool serve(HttpHead head);
    void refuse(const HttpRefusal& refusal);

    HttpSocket socket_;
    Surroundings around_;
    std::string peer_;
    std::string received_;  // and not yet used
};

}  // namespace bm
