#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/space.hpp"
#include "server/rate_limit.hpp"

namespace bm {

/// The spaces that are open: each is opened when somebody asks for it, closed when nobody holds it
/// and nobody has asked for a while, and there are never more than so many. Nobody waits while
/// another account's space is opened. Thread-safe.
class OpenSpaces {
public:
    struct Options {
        HostData data;
        Log log;
        std::string version;
        std::size_t most = 256;
        /// As long as a session may be left alone, so that none ends early.
        std::chrono::milliseconds idle_time{std::chrono::minutes(30)};
        /// What was asked for within this time makes room for nobody: it would be opened again at
        /// once.
        std::chrono::milliseconds spared_time{std::chrono::minutes(2)};
    };

    explicit OpenSpaces(Options options) : options_(std::move(options)) {}

    /// The space of an account, open for as long as it is held. Fault::unavailable when there are
    /// too many or its folders cannot be used.
    [[nodiscard]] Result<std::shared_ptr<Space>> find(std::int64_t account);
    /// Where it is open; nobody counts this as a use.
    [[nodiscard]] std::shared_ptr<Space> opened(std::int64_t account);
    [[nodiscard]] std::vector<std::shared_ptr<Space>> all();
    void close_idle();
    /// From now on none is opened.
    void end();

private:
    struct Entry {
        std::shared_ptr<Space> space;  ///< null while it is being opened
        Moment used;
    };
    using Entries = std::map<std::int64_t, Entry>;

    [[nodiscard]] Result<std::shared_ptr<Space>> make(std::int64_t account) const;
    [[nodiscard]] static bool may_close(const Entry& entry, Moment before);
    [[nodiscard]] bool make_room(std::vector<std::shared_ptr<Space>>& closing);

    Options options_;
    std::mutex mutex_;
    std::condition_variable opened_;
    Entries entries_;
    bool ended_ = false;
};

}  // namespace bm
