#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "host/file_hashes.hpp"
#include "host/host_data.hpp"
#include "host/host_veil.hpp"
#include "host/space_projects.hpp"
#include "host/used_bytes.hpp"
#include "server/mcp_service.hpp"
#include "sync/watcher.hpp"
#include "tools/catalog.hpp"
#include "tools/change_bridge.hpp"

namespace bm {

/// Everything of one account that is open: an ordinary knowledge base over folders of its own, with
/// its catalogue, its changes, its watcher and its MCP service. Thread-safe.
class Space {
public:
    /// Throws std::runtime_error when its settings or folders cannot be used.
    Space(SpaceFolders folders, const Log& log, const std::string& version);
    Space(const Space&) = delete;
    Space& operator=(const Space&) = delete;
    ~Space();

    [[nodiscard]] const Tenant& tenant() const noexcept { return tenant_; }
    [[nodiscard]] const SpaceFolders& folders() const noexcept { return folders_; }
    [[nodiscard]] KnowledgeBase& knowledge() noexcept { return knowledge_; }
    /// What its files take up, or took up a minute ago.
    [[nodiscard]] std::uint64_t used_bytes() { return used_bytes_.count(); }
    [[nodiscard]] SpaceProjects& projects() noexcept { return projects_; }
    [[nodiscard]] const HostVeil& veil() const noexcept { return veil_; }
    /// Of the files below its folders, whoever asks for them.
    [[nodiscard]] FileHashes& hashes() noexcept { return hashes_; }
    [[nodiscard]] const Catalog& catalog() const noexcept { return catalog_; }

    /// Made at the first call, and after end_service() at the next.
    [[nodiscard]] McpService& service(const SharedEndpointParts& shared);
    /// None while nobody has asked for it.
    [[nodiscard]] McpService* open_service();
    void end_service();
    /// Nothing of it runs.
    [[nodiscard]] bool is_idle();

    /// Removes the project's notes as its tool does, so that the history has them, and then what
    /// else is in its folder. What could not be removed, as a sentence; empty when all has gone.
    std::string remove_with_notes(const Project& project);

private:
    SpaceFolders folders_;
    Tenant tenant_;
    KnowledgeBase knowledge_;
    SpaceProjects projects_;
    HostVeil veil_;
    UsedBytes used_bytes_;
    FileHashes hashes_;
    Catalog catalog_;
    ChangeBus changes_;
    ChangeBridge bridge_;
    std::mutex mutex_;
    std::unique_ptr<McpService> service_;
    // Last in, first out: it ends before what it reports to.
    std::optional<Watcher> watcher_;
};

}  // namespace bm
