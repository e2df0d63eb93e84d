#pragma once

#include <filesystem>
#include <string>

#include "host/space_projects.hpp"
#include "tools/catalog.hpp"

namespace bm {

/// A sentence of ours without the folders of the host's disk: what lies below `root` begins with a
/// slash, what belongs to `state` has its name alone.
[[nodiscard]] std::string without_host_paths(std::string sentence,
                                             const std::filesystem::path& root,
                                             const std::filesystem::path& state);

/// The tools, prompts and resources of a knowledge base as one account of a host may use them:
/// projects are made where the space decides, and no answer but a note's own text names a folder of
/// the host. What is referred to outlives the catalogue.
[[nodiscard]] Catalog space_catalog(KnowledgeBase& knowledge, SpaceProjects& projects,
                                    const std::filesystem::path& root, const std::string& version);

}  // namespace bm
