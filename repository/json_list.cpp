#include "repository/json_list.hpp"

#include <nlohmann/json.hpp>

namespace bm {

using Json = nlohmann::json;

std::string text_list(std::span<const std::string> texts) {
    if (texts.empty()) return "[]";
    Json list = Json::array();
    for (const auto& text : texts) list.push_back(text);
    return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string scalar_list(std::span<const std::variant<std::string, double, bool>> scalars) {
    Json list = Json::array();
    for (const auto& scalar : scalars) {
        if (const auto* truth = std::get_if<bool>(&scalar)) {
            list.push_back(*truth ? "True" : "False");
        } else if (const auto* number = std::get_if<double>(&scalar)) {
            list.push_back(*number);
        } else {
            list.push_back(std::get<std::string>(scalar));
        }
    }
    return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> texts_of(std::string_view list) {
    std::vector<std::string> texts;
    if (list.size() <= 2) return texts;
    const Json parsed = Json::parse(list, nullptr, false);
    if (!parsed.is_array()) return texts;
    for (const auto& text : parsed) {
        if (text.is_string()) texts.push_back(text.get<std::string>());
    }
    return texts;
}

}  // namespace bm
