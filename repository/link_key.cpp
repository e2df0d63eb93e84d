#include "repository/link_key.hpp"

#include <algorithm>

#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"

namespace bm {

std::string path_alias(std::string_view path) {
    std::string alias = to_nfc(case_fold(to_nfc(path)));
    std::replace(alias.begin(), alias.end(), '_', '-');
    if (alias.ends_with(".md")) alias.resize(alias.size() - 3);
    return alias;
}

std::string link_key(std::string_view link, bool anchored) {
    return path_alias(anchored ? link_target(link) : link_target_without_anchor(link));
}

}  // namespace bm
