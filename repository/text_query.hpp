#pragma once

#include <string_view>

namespace bm {

/// Upper-case AND, OR or NOT stands among the words: whoever typed it wants the language of
/// queries.
bool is_boolean_text_query(std::string_view typed);

}  // namespace bm
