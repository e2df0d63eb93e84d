#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/file_descriptor.hpp"
#include "tests/support/wire_check.hpp"

namespace bm::test {

/// A client at the other end of two pipes. It reads on a thread of its own, so a server never waits
/// for it, and passes everything through a WireCheck. A line that is not JSON counts as a
/// violation.
class PipeClient {
public:
    using Json = JsonSchema::Json;

    PipeClient(FileDescriptor to_server, FileDescriptor from_server);
    PipeClient(const PipeClient&) = delete;
    PipeClient& operator=(const PipeClient&) = delete;
    /// Closes its side and reads to the end.
    ~PipeClient();

    /// Writes the bytes as they are. What they make up counts as said once its line ends.
    void write(std::string_view bytes);
    void say(const std::string& line) { write(line + '\n'); }
    void say(const Json& message) { say(message.dump()); }
    void close();

    /// The next message. Throws when none comes for a long time or the server has closed its side.
    Json next();
    /// Whether a message comes before the stretch has passed.
    bool has_next_within(std::chrono::milliseconds stretch);
    /// Everything up to the end, once the server has closed its side.
    std::vector<Json> rest();

    [[nodiscard]] std::vector<std::string> violations();

private:
    void read_all();
    void received(const std::string& line);

    FileDescriptor to_server_;
    FileDescriptor from_server_;
    std::string unfinished_;  // written, and no line yet
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Json> messages_;
    bool at_end_ = false;
    WireCheck check_;
    std::vector<std::string> not_messages_;
    std::jthread reader_;
};

struct PipePair {
    FileDescriptor read_end;
    FileDescriptor write_end;
};

/// A blocking pipe; both ends close when a program is started.
[[nodiscard]] PipePair make_pipe();

/// Two sockets that are connected; either end reads and writes.
[[nodiscard]] PipePair make_socket_pair();

}  // namespace bm::test
