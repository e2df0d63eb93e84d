#include "server/params.hpp"

#include <algorithm>
#include <utility>

namespace bm {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_scheme_character(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

tl::unexpected<ProtocolError> wrong(const char* name, const char* what) {
    return refuse(error_code::invalid_params, std::string(name) + " is not " + what);
}

}  // namespace

OrError<std::string> required_text(const Json& params, const char* name) {
    const auto found = params.find(name);
    if (found == params.end() || !found->is_string()) return wrong(name, "a string");
    return found->get_ref<const std::string&>();
}

OrError<Json> optional_object(const Json& params, const char* name) {
    const auto found = params.find(name);
    if (found == params.end() || found->is_null()) return Json::object();
    if (!found->is_object()) return wrong(name, "an object");
    return *found;
}

OrError<TextMap> optional_texts(const Json& params, const char* name) {
    const auto found = params.find(name);
    TextMap out;
    if (found == params.end() || found->is_null()) return out;
    if (!found->is_object()) return wrong(name, "an object");
    for (const auto& [key, value] : found->items()) {
        if (!value.is_string())
            return wrong((std::string(name) + "." + clipped(key)).c_str(), "a string");
        out.emplace(key, value.get_ref<const std::string&>());
    }
    return out;
}

bool is_uri(std::string_view text) noexcept {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || text.size() > longest_uri) return false;
    if (!is_letter(text.front())) return false;
    const auto scheme = text.substr(0, colon);
    return std::all_of(scheme.begin(), scheme.end(), is_scheme_character) &&
           std::none_of(text.begin(), text.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte <= 0x20 || byte == 0x7F;
           });
}

OrError<std::string> required_uri(const Json& params, const char* name) {
    auto text = required_text(params, name);
    if (text && !is_uri(*text)) return wrong(name, "a URI");
    return text;
}

}  // namespace bm
