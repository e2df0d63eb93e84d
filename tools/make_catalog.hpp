#pragma once

#include <string>

#include "tools/catalog.hpp"

namespace bm {

class CloudSync;
class KnowledgeBase;

/// Every tool, prompt and resource over one knowledge base, which must outlive the catalogue.
/// `version` is the program's. With `cloud`, which must outlive it too, there are also the tools
/// that sync with it.
Catalog make_catalog(KnowledgeBase& knowledge, const std::string& version,
                     CloudSync* cloud = nullptr);

}  // namespace bm
