#pragma once

#include <string>
#include <variant>

#include "tools/tool.hpp"

namespace bm {

/// Takes whole messages to one client. Any thread may send; the bytes of two messages never mix. A
/// client that has gone swallows what is sent to it.
class MessageSink {
public:
    MessageSink() = default;
    MessageSink(const MessageSink&) = delete;
    MessageSink& operator=(const MessageSink&) = delete;
    virtual ~MessageSink() = default;

    virtual void send(const Json& message) = 0;

    /// Ends the stream that takes the messages, where the client can take up the rest on another.
    virtual void leave_stream() {}

    /// False where only the answer to a request reaches the client, and nothing before it.
    [[nodiscard]] virtual bool reaches_client() const noexcept { return true; }
};

/// Why a connection delivers nothing more.
enum class Ending {
    end_of_input,    ///< the client has closed its side; it may still read
    stop_requested,  ///< we were told to stop
    peer_gone,       ///< nobody reads what we write
};

/// The bytes of one message.
struct ReceivedMessage {
    std::string bytes;
};
/// A message beyond the size limit was skipped.
struct ReceivedTooMuch {};

using Received = std::variant<ReceivedMessage, ReceivedTooMuch, Ending>;

/// A two-way stream of messages with one client, and nothing more.
class Connection : public MessageSink {
public:
    /// Waits for the next message. For one thread. After an Ending it returns that Ending again.
    virtual Received receive() = 0;

    /// True once receive() would return `stop_requested` or `peer_gone`. Never waits.
    [[nodiscard]] virtual bool is_ending() = 0;

    /// True while a message is on its way to a client that reads. Once the end has begun this does
    /// not last unless the client goes on reading.
    [[nodiscard]] virtual bool is_sending() { return false; }

    /// The size limit, for the sentence that tells the client about it.
    [[nodiscard]] virtual std::size_t longest_message() const = 0;
};

}  // namespace bm
