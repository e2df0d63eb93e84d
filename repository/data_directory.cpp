#include <array>
#include <cstdlib>
#include <system_error>

#include <pwd.h>
#include <unistd.h>

#include "repository/config_file.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

std::optional<std::string> set_and_not_empty(const Environment& environment,
                                             std::string_view name) {
    auto value = environment(name);
    return value && !value->empty() ? value : std::nullopt;
}

fs::path home_directory(const Environment& environment) {
    if (auto home = set_and_not_empty(environment, "HOME")) return *home;
    // Services are sometimes started without it.
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr && found->pw_dir != nullptr) {
        return found->pw_dir;
    }
    return "/";
}

}  // namespace

Environment process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        const char* value = ::secure_getenv(std::string(name).c_str());
        if (value == nullptr) return std::nullopt;
        return value;
    };
}

fs::path expanded_path(std::string_view path, const Environment& environment) {
    fs::path expanded(path);
    if (path == "~") {
        expanded = home_directory(environment);
    } else if (path.starts_with("~/")) {
        expanded = home_directory(environment) / path.substr(2);
    }
    std::error_code ignored;
    fs::path absolute = fs::absolute(expanded, ignored).lexically_normal();
    if (!absolute.has_filename() && absolute.has_relative_path()) absolute = absolute.parent_path();
    return absolute;
}

DataDirectory data_directory(const Environment& environment) {
    if (const auto named = set_and_not_empty(environment, "BASIC_MEMORY_CONFIG_DIR")) {
        return {expanded_path(*named, environment)};
    }
    const fs::path usual = home_directory(environment) / ".basic-memory";
    std::error_code ignored;
    if (const auto xdg = set_and_not_empty(environment, "XDG_CONFIG_HOME");
        xdg && !fs::exists(usual, ignored)) {
        const fs::path other = fs::path(*xdg) / "basic-memory";
        if (fs::exists(other / "config.json", ignored)) return {other};
    }
    return {usual};
}

fs::path default_project_directory(const Environment& environment) {
    return expanded_path(
        set_and_not_empty(environment, "BASIC_MEMORY_HOME").value_or("~/basic-memory"),
        environment);
}

}  // namespace bm
