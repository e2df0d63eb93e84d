#include "tools/make_catalog.hpp"

#include <utility>

#include "tools/all_prompts.hpp"
#include "tools/all_resources.hpp"
#include "tools/all_tools.hpp"
#include "tools/instructions.hpp"

namespace bm {

Catalog make_catalog(KnowledgeBase& knowledge, const std::string& version) {
    Catalog::Entries entries;
    entries.tools = all_tools(knowledge, version);
    entries.prompts = all_prompts(knowledge);
    entries.resources = all_resources(knowledge);
    entries.templates = all_resource_templates(knowledge, version);
    entries.instructions = server_instructions();
    entries.server_name = "Basic Memory";
    entries.server_version = version;
    return Catalog(std::move(entries));
}

}  // namespace bm
