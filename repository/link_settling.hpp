#pragma once

#include <cstdint>

#include "repository/database.hpp"
#include "repository/graph_repository.hpp"

namespace bm {

/// GraphRepository::resolve_exact(), whose promise it keeps. In a table of its own that is empty
/// afterwards; opens no transaction.
std::int64_t settle_exact_links(Database& database, ProjectId project, const LinkRange& range);

}  // namespace bm
