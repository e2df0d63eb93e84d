#include "server/http_message.hpp"

#include <algorithm>
#include <utility>

namespace bm {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

void HttpFields::add(std::string name, std::string value) {
    fields_.push_back({std::move(name), std::move(value)});
}

std::optional<std::string_view> HttpFields::find(std::string_view name) const noexcept {
    for (const HttpField& field : fields_) {
        if (same_name(field.name, name)) return field.value;
    }
    return std::nullopt;
}

std::size_t HttpFields::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(
        std::count_if(fields_.begin(), fields_.end(),
                      [&](const HttpField& field) { return same_name(field.name, name); }));
}

}  // namespace bm
