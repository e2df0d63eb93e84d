#include "tools/all_resources.hpp"

namespace bm {

std::vector<Resource> all_resources(KnowledgeBase& knowledge) {
    return {assistant_guide_resource(knowledge), canvas_spec_resource()};
}

std::vector<ResourceTemplate> all_resource_templates(KnowledgeBase& knowledge,
                                                     const std::string& version) {
    return {project_info_resource(knowledge, version),
            workspace_project_info_resource(knowledge, version), note_resource(knowledge)};
}

}  // namespace bm
