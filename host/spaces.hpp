#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/account_work.hpp"
#include "host/open_spaces.hpp"
#include "host/served_tree.hpp"
#include "server/client_limits.hpp"
#include "server/mcp_service.hpp"

namespace bm {

/// The spaces of all accounts of a host: opened when somebody asks, and in the background when
/// there are new folders or something was written past the tools. Each caller gets the space of his
/// account and learns nothing of others. Thread-safe.
class Spaces final : public McpServices, public ServedTrees {
public:
    struct Options {
        HostData data;
        Log log;
        std::string version;
        /// The accounts that there are; asked with each round of discovery.
        std::function<std::vector<std::int64_t>()> accounts;
        std::size_t most_open = 256;
        std::chrono::milliseconds idle_time{std::chrono::minutes(30)};
        std::chrono::milliseconds spared_time{std::chrono::minutes(2)};
        std::chrono::milliseconds discovery_interval{std::chrono::seconds(120)};
        /// So long it is quiet before writes are indexed.
        std::chrono::milliseconds debounce{std::chrono::seconds(2)};
        /// Requests for routes and files that are served at a time.
        StreamSlots::Limits requests{.total = 1000, .per_client = 64};
    };

    explicit Spaces(Options options);

    /// The space of an account, open for as long as it is held. Fault::unavailable when there are
    /// too many or its folders cannot be used.
    [[nodiscard]] Result<std::shared_ptr<Space>> find(std::int64_t account) {
        return open_.find(account);
    }
    /// The place of one request, for as long as it is held. Fault::unavailable when the account, or
    /// all together, have too many.
    [[nodiscard]] Result<StreamSlots::Slot> take_place(std::int64_t account);
    /// Indexes a project's folder in the background, soon; `full`: every byte is looked at again.
    void index_soon(std::int64_t account, const std::string& folder, bool full) {
        work_.index_soon(account, folder, full);
    }
    /// A round of discovery begins now.
    void look_now() { work_.look_now(); }

    // McpServices
    [[nodiscard]] std::variant<std::shared_ptr<McpService>, HttpResponse> open(
        const Principal& caller, const SharedEndpointParts& shared) override;
    [[nodiscard]] std::vector<std::shared_ptr<McpService>> all_open() override;
    void end() override;

    // ServedTrees: the bucket's name stands for the whole space, a permalink for one project.
    [[nodiscard]] Result<ServedTree> find(const Principal& caller, std::string_view name) override;
    [[nodiscard]] Result<std::vector<std::string>> names(const Principal& caller) override;

private:
    [[nodiscard]] AccountWork::Options work_options();
    void make_missing_folders(std::int64_t account, Space& space);
    void changed(std::int64_t account, const std::string& path);
    void discover(std::int64_t account);
    [[nodiscard]] bool has_news(std::int64_t account, const std::set<std::string>& names);
    [[nodiscard]] bool index(std::int64_t account, const WrittenFiles& written,
                             const std::stop_token& stop);

    Options options_;
    StreamSlots slots_;
    OpenSpaces open_;
    std::mutex mutex_;
    /// Of closed spaces, as they were when nothing new was found in them.
    std::map<std::int64_t, std::set<std::string>> seen_folders_;
    AccountWork work_;  // ends before what it works on
};

}  // namespace bm
