#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/search_repository.hpp"
#include "tools/tool.hpp"

/// Reading what a client wants to search for. Pure.
namespace bm {

/// The conditions of a `metadata_filters` object. Fault::invalid with a sentence that names the
/// key.
Result<std::vector<MetadataFilter>> parse_metadata_filters(const Json& filters);

/// The condition that a note carries every one of `tags`.
MetadataFilter tags_filter(const std::vector<std::string>& tags);

/// A query without its `tag:name` words.
struct TagShorthand {
    std::string remainder;  ///< what is left to search for; may be empty
    std::vector<std::string> tags;
};

/// Takes the words `tag:a` and `tag:a,b` (any case) out of a query, and the AND and OR that joined
/// them to the rest. A tag that is negated stays in the text: no condition can say it.
TagShorthand take_tag_shorthand(std::string_view query);

/// The kinds that the names stand for, in any letter case. Fault::invalid
/// `'{x}' is not a valid SearchItemType`.
Result<KindSet> parse_item_kinds(const std::vector<std::string>& names);

}  // namespace bm
