#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repository/context_repository.hpp"
#include "repository/entity.hpp"
#include "tools/tool.hpp"

/// What build_context answers, as an object and as text. Pure: the caller has read the index.
namespace bm {

/// Notes with what they say and what is around them.
struct ContextAnswer {
    std::string uri;      ///< the lookup form of what was asked for
    std::string project;  ///< name
    std::vector<Entity> primaries;
    std::vector<StoredObservation> observations;  ///< of the primaries
    ContextWalk walk;
    int depth = 1;
    std::optional<Timestamp> since;
    Timestamp generated;
    std::size_t page = 1;
    std::size_t page_size = 10;
    bool has_more = false;
};

Json context_object(const ContextAnswer& answer);
std::string context_text(const ContextAnswer& answer);

}  // namespace bm
