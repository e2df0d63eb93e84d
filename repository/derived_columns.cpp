#include "repository/derived_columns.hpp"

#include <utility>

#include "markdown/permalink.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "repository/link_key.hpp"

namespace bm {

namespace {

std::optional<std::string> base_beside(const std::optional<std::string>& permalink,
                                       std::string_view path) {
    std::string base = slug_keeping_suffix(permalink ? std::string_view(*permalink) : path);
    if (permalink && base == *permalink) return std::nullopt;
    return base;
}

std::optional<std::string> unless_equal(std::string_view text, std::string_view other) {
    if (text == other) return std::nullopt;
    return std::string(text);
}

}  // namespace

EntityKeys entity_keys(std::string_view title, std::string_view type,
                       const std::optional<std::string>& permalink, std::string_view path) {
    return {case_fold(title), canonical_type(type), base_beside(permalink, path), path_alias(path)};
}

RelationKeys relation_keys(const std::string& text) {
    const std::string_view target = link_target(text);
    std::string key = link_key(text, true);
    auto plain_key = unless_equal(link_key(text, false), key);
    return {unless_equal(target, text), unless_equal(link_target_without_anchor(text), target),
            std::move(key), std::move(plain_key)};
}

}  // namespace bm
