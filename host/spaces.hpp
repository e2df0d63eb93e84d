#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "host/served_tree.hpp"
#include "host/space.hpp"
#include "server/mcp_service.hpp"
#include "server/rate_limit.hpp"
#include "sync/sync_scope.hpp"

namespace bm {

/// The spaces of all accounts of a host: opened when somebody asks, closed when nobody has for a
/// while, and never more than a few at a time. Finds new folders, and indexes what was written past
/// the tools. Each caller gets the space of his account and learns nothing of others. Thread-safe.
class Spaces final : public McpServices, public ServedTrees {
public:
    struct Options {
        HostData data;
        Log log;
        std::string version;
        /// The accounts that there are; asked with each round of discovery.
        std::function<std::vector<std::int64_t>()> accounts;
        std::size_t most_open = 64;
        /// As long as a session may be left alone, so that none ends early.
        std::chrono::milliseconds idle_time{std::chrono::minutes(30)};
        std::chrono::milliseconds discovery_interval{std::chrono::seconds(120)};
        /// So long it is quiet before writes are indexed.
        std::chrono::milliseconds debounce{std::chrono::seconds(2)};
    };

    explicit Spaces(Options options);
    ~Spaces() override;

    /// The space of an account, open for as long as it is held. Fault::unavailable when there are
    /// too many or its folders cannot be used.
    [[nodiscard]] Result<std::shared_ptr<Space>> find(std::int64_t account);
    /// Indexes a project's folder in the background, soon; `full`: every byte is looked at again.
    void index_soon(std::int64_t account, const std::string& folder, bool full);
    /// A round of discovery begins now.
    void look_now();

    // McpServices
    [[nodiscard]] std::variant<std::shared_ptr<McpService>, HttpResponse> open(
        const Principal& caller, const SharedEndpointParts& shared) override;
    [[nodiscard]] std::vector<std::shared_ptr<McpService>> all_open() override;
    void end() override;

    // ServedTrees: the bucket's name stands for the whole space, a permalink for one project.
    [[nodiscard]] std::optional<ServedTree> find(const Principal& caller,
                                                 std::string_view name) override;

private:
    struct Entry {
        std::shared_ptr<Space> space;
        Moment used;
    };
    /// What was written in one space and is not indexed yet, by folder of a project.
    struct Written {
        std::map<std::string, SyncScope> paths;
        std::set<std::string> full;  ///< where times are not to be believed
        Moment last{};
    };

    void note_written(std::int64_t account, const std::string& path);
    void make_missing_folders(std::int64_t account, Space& space);
    void work(const std::stop_token& stop);
    void discover_all();
    void discover(std::int64_t account);
    void index_written(std::int64_t account, const Written& written, const std::stop_token& stop);
    /// The space, where it is open; nobody counts this as a use.
    [[nodiscard]] std::shared_ptr<Space> opened(std::int64_t account);
    [[nodiscard]] std::map<std::int64_t, Written> take_quiet();
    [[nodiscard]] Moment next_moment();
    void close_idle();
    [[nodiscard]] bool make_room(std::vector<std::shared_ptr<Space>>& closing);

    Options options_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::map<std::int64_t, Entry> open_;
    std::map<std::int64_t, Written> written_;
    std::map<std::int64_t, std::set<std::string>> seen_folders_;  // of discovery's thread alone
    bool looks_now_ = true;
    bool ended_ = false;
    Moment next_discovery_{};
    std::jthread thread_;
};

}  // namespace bm
