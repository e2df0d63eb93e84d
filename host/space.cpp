#include "host/space.hpp"

#include <stdexcept>
#include <system_error>

#include "host/space_catalog.hpp"
#include "repository/config_file.hpp"

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
      projects_(knowledge_, folders_.data, folders_.known_folders()),
      veil_(folders_),
      used_bytes_(folders_.data),
      hashes_(kMostHashes, folders_.state.root / "file-hashes"),
      catalog_(space_catalog(knowledge_, projects_, veil_, version)),
      bridge_(knowledge_.changes(), changes_.listener()) {
    ConfigFile file(knowledge_.directory(), knowledge_.environment());
    if (const auto made = file.load_or_create(); !made)
        throw std::runtime_error(made.error().message);
    projects_.sweep();
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
    const auto aside = projects_.set_aside(project.path);
    std::error_code error;
    if (aside && *aside) std::filesystem::remove_all(**aside, error);
    if (aside && !error) return {};
    knowledge_.log()(LogLevel::warning, "the folder of a removed project stays: " +
                                            (aside ? error.message() : aside.error().message));
    return "Some of its files could not be deleted.";
}

}  // namespace bm
