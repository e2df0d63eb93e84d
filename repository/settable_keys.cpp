#include "repository/settable_keys.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "markdown/text.hpp"
#include "repository/config_document.hpp"

namespace bm {

namespace {

// A file may say anything here, and whoever syncs refuses what is none of these.
constexpr ConfigKey kProfileToSet{"bisync_config.profile", ConfigType::choice, "balanced",
                                  "safe|balanced|fast", false};

// Settings inside a map that may be set by name.
constexpr std::array<ConfigKey, 4> kNestedKeys{{
    {"bisync_config.profile", ConfigType::text, "balanced", "", false},
    {"bisync_config.sync_dir", ConfigType::text, "~/basic-memory-cloud-sync", "", false},
    {"bisync_config.auto_sync_interval", ConfigType::whole_number, "60", "", false},
    {"bisync_config.watch_local", ConfigType::truth, "false", "", false},
}};

}  // namespace

const ConfigKey* find_settable(std::string_view name) {
    if (const auto* key = find_config_key(name)) return key;
    const auto found = std::find_if(kNestedKeys.begin(), kNestedKeys.end(),
                                    [name](const ConfigKey& key) { return key.name == name; });
    return found == kNestedKeys.end() ? nullptr : &*found;
}

std::vector<std::string> settable_keys() {
    std::vector<std::string> names;
    for (const auto& key : config_keys()) names.emplace_back(key.name);
    for (const auto& key : kNestedKeys) names.emplace_back(key.name);
    std::sort(names.begin(), names.end());
    return names;
}

bool is_settable(std::string_view key) { return find_settable(key) != nullptr; }

tl::unexpected<Error> unknown_setting(std::string_view key) {
    return fail(Fault::invalid, "'" + std::string(key) + "' is not a recognized setting.");
}

namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// A value that nobody can have meant: files that others have written may hold it, but nobody is
/// helped in setting it.
Result<ConfigScalar> plausible_setting(std::string_view name, ConfigScalar value) {
    const auto* words = std::get_if<std::string>(&value);
    if (words == nullptr) return value;
    const auto wanted = [&](const std::string& what) {
        return fail(Fault::invalid, "must be " + what + ", not \"" + *words + '"');
    };
    if (is_one_of(name, {"cloud_host", "cloud_domain", "api_url"})) {
        for (const std::string_view scheme : {"https://", "http://"}) {
            if (!words->starts_with(scheme)) continue;
            const std::string_view rest = std::string_view(*words).substr(scheme.size());
            const bool has_host = !rest.empty() && rest.find_first_of("/?#:") != 0;
            if (has_host && rest.find_first_of(" \t\r\n") == std::string_view::npos) return value;
        }
        return wanted("an address such as https://notes.example.com");
    }
    if (name == "log_level" &&
        !is_one_of(to_lower(*words), {"trace", "debug", "info", "success", "warning", "warn",
                                      "error", "critical", "fatal"})) {
        return wanted("DEBUG, INFO, WARNING or ERROR");
    }
    if (is_one_of(name, {"project_root", "bisync_config.sync_dir"}) && !words->starts_with('/') &&
        !words->starts_with("~")) {
        return wanted("a path from the root or from ~ on");
    }
    return value;
}

}  // namespace

Result<ConfigScalar> checked_value(std::string_view name, std::string_view json) {
    const auto* key = find_settable(name);
    if (key == nullptr) return unknown_setting(name);
    if (name == kProfileToSet.name) key = &kProfileToSet;
    return parse_scalar(json)
        .and_then([key](const ConfigScalar& value) { return checked_setting(*key, value); })
        .and_then([name](ConfigScalar value) { return plausible_setting(name, std::move(value)); })
        .map_error([name](const Error& error) {
            return Error{Fault::invalid,
                         "invalid value for '" + std::string(name) + "': " + error.message};
        });
}

}  // namespace bm
