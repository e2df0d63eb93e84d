#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>

#include "server/connection.hpp"
#include "server/file_descriptor.hpp"
#include "server/line_splitter.hpp"
#include "server/rate_limit.hpp"
#include "server/severity.hpp"

namespace bm {

/// Messages as lines on two descriptors. One line is written at a time, whole; several threads may
/// send.
class StdioConnection final : public Connection {
public:
    struct Options {
        /// Readable, or closed by its writer: stop. -1: never.
        int stop_fd = -1;
        /// A note with embedded images fits; a stream that never ends its line does not fill the
        /// memory.
        std::size_t longest_line = 32 * std::size_t{1024} * 1024;
        /// How long a client that does not read may hold up the end. One that reads, however
        /// slowly, gets everything...
        std::chrono::milliseconds patience{500};
        /// ...unless we were told to stop: whoever says that waits for our exit.
        std::chrono::milliseconds patience_when_stopped{1500};
        /// Hears of messages that were cut.
        ServerLog log{};
    };

    /// `output` is written by nobody else.
    StdioConnection(FileDescriptor input, FileDescriptor output, Options options);

    void send(const Json& message) override;
    Received receive() override;
    [[nodiscard]] bool is_ending() override;
    [[nodiscard]] bool is_sending() override { return senders_ > 0; }
    [[nodiscard]] std::size_t longest_message() const override { return options_.longest_line; }

private:
    /// Counts one thread that sends, for as long as it lives.
    class Sending {
    public:
        explicit Sending(std::atomic<std::size_t>& senders) : senders_(senders) { ++senders_; }
        Sending(const Sending&) = delete;
        Sending& operator=(const Sending&) = delete;
        ~Sending() { --senders_; }

    private:
        std::atomic<std::size_t>& senders_;
    };

    std::optional<Received> next_line();
    std::optional<Ending> wait_for_input();
    void read_some();
    [[nodiscard]] std::size_t write_some_of(std::string_view bytes);
    [[nodiscard]] bool wait_for_room(Moment moved);
    void begin_to_end();
    void begin_to_stop();
    void lose_peer();
    [[nodiscard]] bool stop_is_requested() const;

    FileDescriptor input_;
    FileDescriptor output_;
    Options options_;
    WakePipe wake_;  // readable from the moment on that something has ended
    LineSplitter lines_;
    std::optional<Ending> ending_;
    bool input_ended_ = false;
    std::mutex writing_;
    std::atomic<bool> peer_gone_{false};
    std::atomic<std::size_t> senders_{0};
    std::atomic<Moment> ending_since_{Moment::max()};
    std::atomic<Moment> stopping_since_{Moment::max()};
};

}  // namespace bm
