#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/json_document.hpp"
#include "server/protocol_error.hpp"

namespace bm {

/// What a sender calls its request: text or a whole number of 64 bits. 1 and "1" are different
/// requests. Progress tokens have the same shape.
class RequestId {
public:
    /// Nothing for every other kind of value.
    [[nodiscard]] static std::optional<RequestId> from(const Json& raw);

    /// The value as it came.
    [[nodiscard]] Json json() const;

    friend auto operator<=>(const RequestId&, const RequestId&) = default;

private:
    using Value = std::variant<std::int64_t, std::uint64_t, std::string>;
    explicit RequestId(Value value) : value_(std::move(value)) {}
    Value value_;
};

struct Request {
    RequestId id;
    std::string method;
    Json params;  ///< always an object; empty when the sender left it out
};

struct Notification {
    std::string method;
    Json params;
};

/// An answer to a request of ours.
struct Response {
    std::optional<RequestId> id;
    Json body;
};

/// What is neither of the three above.
struct Malformed {
    ProtocolError error;
    std::optional<RequestId> id;  ///< where it could be read
    bool wants_answer =
        true;  ///< false for something that may only have been a notification or response
};

using SingleMessage = std::variant<Request, Notification, Response, Malformed>;

struct Batch {
    std::vector<SingleMessage> messages;  ///< never empty
};

using Message = std::variant<Request, Notification, Response, Malformed, Batch>;

/// Messages in one batch; a client that has more to say sends another.
inline constexpr std::size_t max_batch_messages = 1000;

/// Reads one message. Total: any bytes give a message.
[[nodiscard]] Message read_message(std::string_view bytes, const DocumentLimits& limits = {});

/// What stands in place of an id that could not be read.
enum class UnreadableId { left_out, null };

[[nodiscard]] Json result_message(const RequestId& id, Json result);
[[nodiscard]] Json error_message(const RequestId& id, const ProtocolError& error);
[[nodiscard]] Json error_message(const std::optional<RequestId>& id, const ProtocolError& error,
                                 UnreadableId unreadable);
/// A request of ours. `call` has its `method` and, where there are any, its `params`.
[[nodiscard]] Json request_message(const RequestId& id, const Json& call);
/// `params` null: a notification without any.
[[nodiscard]] Json notification_message(std::string_view method, Json params);

}  // namespace bm
