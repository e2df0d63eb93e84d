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
        /// How long a client that does not read may hold up the end.
        std::chrono::milliseconds patience{500};
    };

    /// `output` is written by nobody else.
    StdioConnection(FileDescriptor input, FileDescriptor output, Options options);

    void send(const Json& message) override;
    Received receive() override;
    [[nodiscard]] bool is_ending() override;
    [[nodiscard]] std::size_t longest_message() const override { return options_.longest_line; }

private:
    std::optional<Received> next_line();
    std::optional<Ending> wait_for_input();
    void read_some();
    void write_all(std::string_view bytes);
    [[nodiscard]] bool wait_for_room();
    void begin_to_end();
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
    std::atomic<Moment> give_up_{Moment::max()};  // for writes; set once the end has begun
};

/// Takes standard output away from the rest of the program and returns it: what others print to
/// descriptor 1 goes to standard error from now on, so nothing foreign can get between the
/// messages. An empty result: there is no standard output.
[[nodiscard]] FileDescriptor claim_standard_output();

/// A descriptor of our own for standard input. An empty result: there is none.
[[nodiscard]] FileDescriptor claim_standard_input();

}  // namespace bm
