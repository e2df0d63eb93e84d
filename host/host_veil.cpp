#include "host/host_veil.hpp"

#include <algorithm>
#include <system_error>

#include <nlohmann/json.hpp>

namespace bm {

namespace {

/// Where the name of a folder goes on, another folder is meant.
bool continues_name(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
}

std::string in_json(const std::string& text) {
    const std::string quoted =
        nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

HostVeil::HostVeil(const SpaceFolders& folders) {
    for (const bool is_real : {false, true}) {
        const auto spelled = [&](const std::filesystem::path& folder) {
            std::error_code error;
            const auto real = std::filesystem::weakly_canonical(folder, error);
            return is_real && !error ? real.string() : folder.string();
        };
        for (const bool is_json : {false, true}) {
            const std::string data = spelled(folders.data);
            const std::string state = spelled(folders.state.root);
            add(is_json ? in_json(data) : data, "/", "/");
            add(is_json ? in_json(state) : state, "", "the host's folder");
        }
    }
}

void HostVeil::add(const std::string& hidden, const std::string& below, const std::string& alone) {
    const bool is_known = std::any_of(places_.begin(), places_.end(),
                                      [&](const Place& place) { return place.hidden == hidden; });
    if (!is_known) places_.push_back({hidden, below, alone});
}

std::string HostVeil::over(std::string text) const {
    for (const Place& place : places_) {
        for (auto at = text.find(place.hidden); at != std::string::npos;
             at = text.find(place.hidden, at)) {
            const std::size_t end = at + place.hidden.size();
            if (end < text.size() && continues_name(text[end])) {
                at = end;
                continue;
            }
            const bool has_slash = end < text.size() && text[end] == '/';
            const std::string& shown = has_slash ? place.below : place.alone;
            text.replace(at, place.hidden.size() + (has_slash ? 1 : 0), shown);
            at += shown.size();
        }
    }
    return text;
}

}  // namespace bm
