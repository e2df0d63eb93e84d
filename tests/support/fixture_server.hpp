#pragma once

#include <chrono>
#include <optional>
#include <thread>

#include "server/change_bus.hpp"
#include "server/conversation.hpp"
#include "server/dispatcher.hpp"
#include "server/stdio_connection.hpp"
#include "tests/support/fixture_catalog.hpp"
#include "tests/support/pipe_client.hpp"

namespace bm::test {

/// A fixture catalog served on two pipes within the test's process, by a thread of its own.
class FixtureServer {
public:
    struct Options {
        std::size_t page_size = 100;
        std::size_t longest_line = 32 * std::size_t{1024} * 1024;
        WorkerPool::Limits workers{};
        std::chrono::milliseconds grace{700};
        std::chrono::milliseconds hard_limit{20'000};
        SteadyClock clock = steady_now;
        /// Serves the fixtures of the conformance suites instead, which ask their client.
        bool asking = false;
    };

    explicit FixtureServer(const Options& options);
    FixtureServer(const FixtureServer&) = delete;
    FixtureServer& operator=(const FixtureServer&) = delete;
    /// Ends the input, opens the gate and waits for the server.
    ~FixtureServer();

    [[nodiscard]] PipeClient& client() noexcept { return *client_; }
    [[nodiscard]] ChangeBus& changes() noexcept { return changes_; }
    [[nodiscard]] Gate& gate() noexcept { return fixture_.gate(); }
    /// As a signal would.
    void stop();

private:
    FixtureCatalog fixture_;
    ChangeBus changes_{std::chrono::milliseconds(1)};
    Catalog asking_;
    WakePipe stop_;
    std::optional<PipeClient> client_;
    std::jthread thread_;
};

}  // namespace bm::test
