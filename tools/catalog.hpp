#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tools/prompt.hpp"
#include "tools/resource.hpp"
#include "tools/tool.hpp"

namespace bm {

/// Everything that a client may ask for, in the order in which it is listed. What it says never
/// changes, so any thread may use it. Whoever asks (stdio, HTTP, the command line) asks here.
class Catalog {
public:
    struct Entries {
        std::vector<Tool> tools;
        std::vector<Prompt> prompts;
        std::vector<Resource> resources;
        std::vector<ResourceTemplate> templates;
        std::string instructions;  ///< for the model, at the start of a session
        std::string server_name;
        std::string server_version;
        /// Makes the same catalogue for callers who may touch one project only. Empty: such callers
        /// cannot be served.
        std::function<std::shared_ptr<const Catalog>(const std::string& project)> bind = {};
    };

    /// Throws std::logic_error on a repeated name or URI: that is a mistake of ours.
    explicit Catalog(Entries entries);

    [[nodiscard]] const std::vector<Tool>& tools() const noexcept { return entries_.tools; }
    [[nodiscard]] const std::vector<Prompt>& prompts() const noexcept { return entries_.prompts; }
    [[nodiscard]] const std::vector<Resource>& resources() const noexcept {
        return entries_.resources;
    }
    [[nodiscard]] const std::vector<ResourceTemplate>& templates() const noexcept {
        return entries_.templates;
    }
    [[nodiscard]] const std::string& instructions() const noexcept { return entries_.instructions; }
    [[nodiscard]] const std::string& server_name() const noexcept { return entries_.server_name; }
    [[nodiscard]] const std::string& server_version() const noexcept {
        return entries_.server_version;
    }

    [[nodiscard]] const Tool* find_tool(std::string_view name) const noexcept;
    [[nodiscard]] const Prompt* find_prompt(std::string_view name) const noexcept;

    /// Fixed resources first, then the templates in order. Fault::not_found when nothing answers.
    [[nodiscard]] Result<ResourceText> read_resource(const CallContext& call,
                                                     std::string_view uri) const;

    /// The key under which changes of the resource at `uri` are told, whether it exists or not;
    /// every spelling of its address has the same. The URI itself where no template knows better.
    /// Fault::forbidden for what may not be read. From the first call on, changes made by other
    /// processes are told as well.
    [[nodiscard]] Result<std::string> change_key(const CallContext& call,
                                                 std::string_view uri) const;

    /// Whether `bound_to` gives anything.
    [[nodiscard]] bool serves_bound_callers() const noexcept { return bool(entries_.bind); }
    /// The same entries for a caller who may touch one project only: whatever a call of them says,
    /// it works there. Made once for each project, and lives as long as this catalogue. Null when
    /// such callers cannot be served.
    [[nodiscard]] const Catalog* bound_to(const std::string& project) const;

private:
    Entries entries_;
    struct Bound {
        std::mutex mutex;
        std::map<std::string, std::shared_ptr<const Catalog>> catalogs;
    };
    std::unique_ptr<Bound> bound_ = std::make_unique<Bound>();
};

/// Tells listeners that something a client may have subscribed to has changed.
struct CatalogChange {
    enum class Kind {
        resource_updated,  ///< the text at the URIs with this key is different now
        resource_list,     ///< projects came or went
    };
    Kind kind;
    std::string key;  ///< for resource_updated: see Catalog::change_key
    /// For resource_updated: whose resource it is, by its configured name.
    std::string project = {};
};
using CatalogListener = std::function<void(const CatalogChange&)>;

}  // namespace bm
