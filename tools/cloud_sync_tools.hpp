#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/catalog.hpp"
#include "tools/tool.hpp"

namespace bm {

class CloudSync;
class KnowledgeBase;

/// `sync_project` and `sync_status`, for machines where a cloud is set up. A caller who is bound to
/// the project `only` reaches no other.
std::vector<Tool> cloud_sync_tools(const std::shared_ptr<CloudSync>& cloud,
                                   const std::optional<std::string>& only);

/// The catalogue of make_catalog.hpp, and these tools last. Null: without them.
Catalog make_catalog(KnowledgeBase& knowledge, const std::string& version,
                     const std::shared_ptr<CloudSync>& cloud);

}  // namespace bm
