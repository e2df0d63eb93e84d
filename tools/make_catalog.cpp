#include "tools/make_catalog.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "repository/trouble.hpp"
#include "sync/knowledge_base.hpp"
#include "tools/all_prompts.hpp"
#include "tools/all_resources.hpp"
#include "tools/all_tools.hpp"
#include "tools/cloud_sync_tools.hpp"
#include "tools/instructions.hpp"
#include "tools/tool_builder.hpp"

namespace bm {

namespace {

/// The same function, for which what the machine refuses is an Error.
template <class Value, class... Arguments>
void explain_trouble(KnowledgeBase& knowledge, std::function<Result<Value>(Arguments...)>& run) {
    if (!run) return;
    run = [&knowledge, inner = std::move(run)](Arguments... arguments) -> Result<Value> {
        try {
            return inner(arguments...);
        } catch (const std::exception& problem) {
            auto trouble = trouble_of(problem, knowledge.directory().index());
            if (!trouble) throw;
            knowledge.log()(LogLevel::error, problem.what());
            return tl::unexpected(*std::move(trouble));
        }
    };
}

/// A catalogue with the knowledge that it is about.
struct BoundCatalog {
    BoundCatalog(std::unique_ptr<KnowledgeBase> bound, const std::string& version,
                 const std::shared_ptr<CloudSync>& cloud)
        : knowledge(std::move(bound)), catalog(make_catalog(*knowledge, version, cloud)) {}

    std::unique_ptr<KnowledgeBase> knowledge;
    Catalog catalog;
};

}  // namespace

Catalog make_catalog(KnowledgeBase& knowledge, const std::string& version) {
    return make_catalog(knowledge, version, nullptr);
}

Catalog make_catalog(KnowledgeBase& knowledge, const std::string& version,
                     const std::shared_ptr<CloudSync>& cloud) {
    Catalog::Entries entries;
    entries.tools = all_tools(knowledge, version);
    if (cloud != nullptr) {
        for (auto& tool : cloud_sync_tools(cloud, knowledge.constraint()))
            entries.tools.push_back(logged(knowledge, std::move(tool)));
    }
    entries.prompts = all_prompts(knowledge);
    entries.resources = all_resources(knowledge);
    entries.templates = all_resource_templates(knowledge, version);
    for (auto& each : entries.prompts) {
        explain_trouble(knowledge, each.run);
        explain_trouble(knowledge, each.complete);
    }
    for (auto& each : entries.resources) explain_trouble(knowledge, each.read);
    for (auto& each : entries.templates) {
        explain_trouble(knowledge, each.read);
        explain_trouble(knowledge, each.complete);
        explain_trouble(knowledge, each.change_key);
    }
    entries.instructions = server_instructions();
    entries.server_name = "Basic Memory";
    entries.server_version = version;
    entries.bind = [&knowledge, version, cloud](const std::string& project) {
        const auto bound =
            std::make_shared<BoundCatalog>(knowledge.bound_to(project), version, cloud);
        return std::shared_ptr<const Catalog>(bound, &bound->catalog);
    };
    return Catalog(std::move(entries));
}

}  // namespace bm
