#include "cli/project_read_only.hpp"

#include "sync/configured_projects.hpp"

namespace bm {

Result<void> set_project_read_only(Application& application, const std::string& name,
                                   bool read_only) {
    const auto config = application.knowledge().config();
    const auto* entry = find_configured(*config, name);
    const std::string known = entry == nullptr ? name : entry->name;
    ConfigFile file(application.directory(), application.environment());
    return file.set("projects." + known + ".read_only", read_only ? "true" : "false");
}

}  // namespace bm
