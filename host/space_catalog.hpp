#pragma once

#include <string>

#include "host/host_veil.hpp"
#include "host/space_projects.hpp"
#include "tools/catalog.hpp"

namespace bm {

/// The tools, prompts and resources of a knowledge base as one account of a host may use them:
/// projects are made where the space decides, and no answer but a note's own text names a folder of
/// the host. What is referred to outlives the catalogue.
[[nodiscard]] Catalog space_catalog(KnowledgeBase& knowledge, SpaceProjects& projects,
                                    const HostVeil& veil, const std::string& version);

}  // namespace bm
