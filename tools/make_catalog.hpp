#pragma once

#include <string>

#include "tools/catalog.hpp"

namespace bm {

class KnowledgeBase;

/// Every tool, prompt and resource over one knowledge base, which must outlive the catalogue.
/// `version` is the program's.
Catalog make_catalog(KnowledgeBase& knowledge, const std::string& version);

}  // namespace bm
