#pragma once

#include <string>
#include <vector>

#include "tools/resource.hpp"

namespace bm {

class KnowledgeBase;

// One factory for each file of a resource. They use `knowledge` for as long as they live.
Resource assistant_guide_resource(KnowledgeBase& knowledge);
Resource canvas_spec_resource();
ResourceTemplate project_info_resource(KnowledgeBase& knowledge, std::string version);
/// The same with a workspace in front.
ResourceTemplate workspace_project_info_resource(KnowledgeBase& knowledge, std::string version);
ResourceTemplate note_resource(KnowledgeBase& knowledge);

/// Every document at a fixed URI, in the order in which clients see them.
std::vector<Resource> all_resources(KnowledgeBase& knowledge);
/// Every template, the narrowest first: the first one that has something at a URI answers.
std::vector<ResourceTemplate> all_resource_templates(KnowledgeBase& knowledge,
                                                     const std::string& version);

}  // namespace bm
