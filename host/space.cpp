#include "host/space.hpp"

#include <stdexcept>
#include <system_error>

#include "host/space_catalog.hpp"

namespace bm {

namespace {

constexpr std::size_t kMostHashes = 200'000;

Tenant usable_tenant(const SpaceFolders& folders) {
    auto tenant = tenant_of(folders);
    if (!tenant) throw std::runtime_error(tenant.error().message);
    return *std::move(tenant);
}

}  // namespace

Space::Space(SpaceFolders folders, const Log& log, const std::string& version)
    : folders_(std::move(folders)),
      tenant_(usable_tenant(folders_)),
      knowledge_({folders_.state, folders_.environment(), system_now, log, std::nullopt}),
      projects_(knowledge_, folders_.data, folders_.state.root / "known-folders"),
      hashes_(kMostHashes, folders_.state.root / "file-hashes"),
      catalog_(space_catalog(knowledge_, projects_, folders_.data, version)),
      bridge_(knowledge_.changes(), changes_.listener()) {
    if (const auto made = knowledge_.config_file().load_or_create(); !made)
        throw std::runtime_error(made.error().message);
    projects_.remember();
    watcher_.emplace(knowledge_);
}

Space::~Space() {
    watcher_.reset();
    end_service();
}

McpService& Space::service(const SharedEndpointParts& shared) {
    const std::scoped_lock lock(mutex_);
    if (!service_) service_ = std::make_unique<McpService>(catalog_, changes_, shared);
    return *service_;
}

McpService* Space::open_service() {
    const std::scoped_lock lock(mutex_);
    return service_.get();
}

void Space::end_service() {
    std::unique_ptr<McpService> ending;
    const std::scoped_lock lock(mutex_);
    ending = std::move(service_);
}

bool Space::is_idle() {
    const std::scoped_lock lock(mutex_);
    return !service_ || service_->is_idle();
}

std::string Space::remove_with_notes(const Project& project) {
    const Tool* tool = catalog_.find_tool("delete_project");
    const CallContext call{};
    const ToolReply reply =
        tool->run(call, {{"project_name", project.name.str()}, {"delete_notes", true}});
    if (reply.is_error) return reply.value.is_string() ? reply.value.get<std::string>() : "failed";
    std::error_code error;
    const bool is_below = project.path.parent_path() == folders_.data;
    if (is_below) std::filesystem::remove_all(project.path, error);
    if (is_below && !error) return {};
    knowledge_.log()(LogLevel::warning,
                     "the folder of a removed project stays: " + error.message());
    return "Some of its files could not be deleted.";
}

}  // namespace bm
