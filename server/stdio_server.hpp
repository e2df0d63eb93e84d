#pragma once

#include <cstddef>
#include <functional>

#include "server/change_bus.hpp"
#include "server/conversation.hpp"
#include "server/offering.hpp"
#include "server/severity.hpp"
#include "server/stdio_connection.hpp"
#include "tools/catalog.hpp"

namespace bm {

struct StdioOptions {
    /// Becomes readable when we are to stop, as StopSignals::fd() does. -1: only the client ends
    /// us.
    int stop_fd = -1;
    ServerLog log{};
    AnnouncedChanges announced{};
    std::size_t page_size = 100;
    WorkerPool::Limits workers{};
    /// Called when work goes on after the hard limit that not even being told to stop ends. By
    /// default it ends the process: what was answered is on disk by then, and the client waits for
    /// our exit.
    std::function<void()> give_up{};
};

/// Serves one client on standard input and output until it leaves or we are told to stop, and
/// returns the exit code. Standard output belongs to the protocol from the call on. `changes` may
/// be published to from any thread, before, during and after. Throws std::system_error when the
/// process has no descriptors left for it.
[[nodiscard]] int serve_stdio(const Catalog& catalog, ChangeBus& changes, StdioOptions options);

}  // namespace bm
