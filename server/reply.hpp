#pragma once

#include <optional>

#include "server/in_flight.hpp"

namespace bm {

/// The duty to answer one request. Only the first answer counts, and none counts once the request
/// was cancelled. Left unanswered, it answers with an internal error when it goes.
class Reply {
public:
    Reply(InFlight& requests, Ticket ticket) : requests_(&requests), ticket_(std::move(ticket)) {}
    Reply(Reply&& other) noexcept;
    Reply& operator=(Reply&&) = delete;
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;
    ~Reply();

    void result(Json value);
    void error(const ProtocolError& error);

    [[nodiscard]] const RequestId& id() const noexcept { return ticket_.id; }
    [[nodiscard]] const Ticket& ticket() const noexcept { return ticket_; }

private:
    std::optional<InFlight::Taken> take();

    InFlight* requests_;  // null once answered or moved from
    Ticket ticket_;
};

}  // namespace bm
