#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bm {

/// A JSON array of row ids: one bound value that json_each() takes apart, however many there are.
template <class Id>
std::string id_list(std::span<const Id> ids) {
    std::string out = "[";
    for (const Id& id : ids) {
        if (out.size() > 1) out += ',';
        out += std::to_string(id.value);
    }
    out += ']';
    return out;
}

/// A JSON array of texts.
std::string text_list(std::span<const std::string> texts);
/// A JSON array of texts, numbers and truth values; the latter as the texts "True" and "False".
std::string scalar_list(std::span<const std::variant<std::string, double, bool>> scalars);
/// What text_list wrote; empty for anything else.
std::vector<std::string> texts_of(std::string_view list);

}  // namespace bm
