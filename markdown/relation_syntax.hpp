#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "markdown/note.hpp"

namespace bm {

/// The relations in one inline run: an explicit relation is only possible in
/// a list item, all other links are inline.
std::vector<Relation> parse_relations(std::string_view run, bool in_list_item);
/// `- type [[target]] (context)`
std::string write_relation(const Relation& relation);

/// The part of a link that names its target: enclosing brackets removed, cut at the first '|',
/// trimmed.
std::string_view link_target(std::string_view link) noexcept;
/// The same without `#heading` and `^block` anchors; equal to link_target when there are none.
std::string_view link_target_without_anchor(std::string_view link) noexcept;

}  // namespace bm
