#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "server/file_descriptor.hpp"

namespace bm::test {

/// How a child's standard streams are connected.
struct ChildWiring {
    std::vector<int> closed{};  ///< standard descriptors that it is started without
    bool sockets = false;       ///< instead of pipes, as some hosts have it
};

/// A server in a process of its own, with pipes for its standard streams.
class ChildServer {
public:
    ChildServer(const std::string& program, const std::vector<std::string>& arguments,
                const ChildWiring& wiring = {});
    ChildServer(const ChildServer&) = delete;
    ChildServer& operator=(const ChildServer&) = delete;
    /// Kills what still runs.
    ~ChildServer();

    /// Our ends, to be taken once.
    FileDescriptor to_server;
    FileDescriptor from_server;
    FileDescriptor errors;

    void send_signal(int signal) const;

    struct Exit {
        int code = -1;  ///< -1: a signal ended it
        std::chrono::milliseconds after{};
    };
    /// Waits for the end; nothing when it does not come in time.
    std::optional<Exit> wait(std::chrono::milliseconds limit = std::chrono::seconds(10));

    /// Everything it wrote to standard error, once it has ended.
    std::string error_text();

private:
    int pid_ = -1;
};

}  // namespace bm::test
