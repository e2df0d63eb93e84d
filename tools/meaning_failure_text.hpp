#pragma once

#include <string>
#include <string_view>

#include "tools/meaning_search.hpp"

/// What search_notes says when meanings cannot be compared. Pure.
namespace bm {

/// The reason, and searches that work.
std::string meanings_missing_text(const NoMeanings& missing, std::string_view search_type,
                                  const std::string& query);
/// A search by meaning without words.
std::string nothing_to_compare_text(std::string_view search_type);

}  // namespace bm
