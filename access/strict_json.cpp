#include "access/strict_json.hpp"

#include <algorithm>
#include <set>

namespace bm {

namespace {

constexpr int kDeepest = 16;
constexpr std::size_t kMostValues = 1000;

}  // namespace

std::optional<Json> strict_object(std::string_view text, std::size_t most_bytes) {
    if (text.size() > most_bytes || text.find('\0') != std::string_view::npos) return std::nullopt;
    bool is_fine = true;
    std::size_t values = 0;
    std::vector<std::set<std::string>> open_objects;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (depth > kDeepest || ++values > kMostValues) is_fine = false;
        switch (event) {
            case Json::parse_event_t::object_start:
                open_objects.emplace_back();
                break;
            case Json::parse_event_t::object_end:
                if (!open_objects.empty()) open_objects.pop_back();
                break;
            case Json::parse_event_t::key:
                if (!open_objects.empty() &&
                    !open_objects.back().insert(parsed.get<std::string>()).second) {
                    is_fine = false;
                }
                break;
            case Json::parse_event_t::array_start:
            case Json::parse_event_t::array_end:
            case Json::parse_event_t::value:
                break;
        }
        // What is left out is not built: deep and long input costs no memory.
        return is_fine;
    };
    Json value = Json::parse(text, watch, false);
    if (!is_fine || !value.is_object()) return std::nullopt;
    return value;
}

Json without_nulls(const Json& object) {
    Json kept = Json::object();
    for (const auto& [name, value] : object.items()) {
        if (!value.is_null()) kept[name] = value;
    }
    return kept;
}

std::optional<std::string> string_member(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

std::optional<std::vector<std::string>> strings_member(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_array()) return std::nullopt;
    std::vector<std::string> list;
    for (const Json& item : *found) {
        if (!item.is_string()) return std::nullopt;
        list.push_back(item.get<std::string>());
    }
    return list;
}

std::string json_text(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bm
