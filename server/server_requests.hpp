#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>

#include "server/json_rpc.hpp"
#include "server/rate_limit.hpp"

namespace bm {

/// Our own unanswered requests to one legacy client. Thread-safe.
class ServerRequests {
public:
    ServerRequests() = default;
    ServerRequests(const ServerRequests&) = delete;
    ServerRequests& operator=(const ServerRequests&) = delete;

    /// A request that is about to be sent. It ends with the object: answers that come later are
    /// ignored.
    class Pending {
    public:
        explicit Pending(ServerRequests& requests) : requests_(requests), id_(requests.open()) {}
        Pending(const Pending&) = delete;
        Pending& operator=(const Pending&) = delete;
        ~Pending() { requests_.close(id_); }

        [[nodiscard]] const RequestId& id() const noexcept { return id_; }
        /// The whole answer, with its `result` or `error`. Nothing when the wait was stopped or
        /// `deadline` has passed.
        [[nodiscard]] std::optional<Json> wait(const std::stop_token& stop, Moment deadline) {
            return requests_.wait(id_, stop, deadline);
        }

    private:
        ServerRequests& requests_;
        RequestId id_;
    };

    /// Takes what the client has sent. False when it answers nothing that is open.
    bool on_response(Response response);

private:
    [[nodiscard]] RequestId open();
    void close(const RequestId& id);
    [[nodiscard]] std::optional<Json> wait(const RequestId& id, const std::stop_token& stop,
                                           Moment deadline);

    std::mutex mutex_;
    std::condition_variable_any answered_;
    std::map<RequestId, std::optional<Json>> open_;
    std::uint64_t last_number_ = 0;
};

}  // namespace bm
