#include "cloud/sync_settings.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include "markdown/permalink.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace fs = std::filesystem;

const AttachedProject* SyncSettings::find_attached(std::string_view name) const {
    const auto find = [&](auto&& is_it) -> const AttachedProject* {
        const auto found = std::find_if(attached.begin(), attached.end(), is_it);
        return found == attached.end() ? nullptr : &*found;
    };
    if (const auto* exact = find([&](const auto& each) { return each.name == name; })) return exact;
    const std::string wanted = slug(name);
    return find([&](const auto& each) { return !wanted.empty() && slug(each.name) == wanted; });
}

bool RemoteSection::is_tigris() const noexcept {
    std::string_view host = endpoint;
    if (const auto scheme = host.find("://"); scheme != std::string_view::npos) {
        host.remove_prefix(scheme + 3);
    }
    host = host.substr(0, host.find_first_of(":/"));
    return host.ends_with(".tigris.dev");
}

CloudResult<RemoteSection> read_remote_section(const fs::path& rclone_config) {
    std::ifstream in(rclone_config);
    const std::string wanted = std::string("[") + kCloudRemote + "]";
    RemoteSection section;
    bool is_ours = false;
    bool was_found = false;
    for (std::string raw; std::getline(in, raw);) {
        const std::string_view line = trim(raw);
        if (line.starts_with('[')) {
            is_ours = line == wanted;
            was_found = was_found || is_ours;
            continue;
        }
        const auto equals = line.find('=');
        if (!is_ours || equals == std::string_view::npos) continue;
        const std::string_view key = trim(line.substr(0, equals));
        const std::string_view value = trim(line.substr(equals + 1));
        if (key == "type") section.type = value;
        if (key == "endpoint" || key == "url") section.endpoint = value;
    }
    if (!was_found) {
        return cloud_fail(CloudFault::not_set_up, "Cloud sync is not set up.",
                          "Run: bm cloud setup");
    }
    return section;
}

std::vector<fs::path> rclone_mounts() {
    std::vector<fs::path> found;
    std::ifstream in("/proc/self/mounts");
    for (std::string line; std::getline(in, line);) {
        const auto words = split_words(line);
        if (words.size() < 3 || words[2] != "fuse.rclone") continue;
        // Blanks in paths are written as octal numbers.
        found.emplace_back(replace_all(replace_all(words[1], "\\040", " "), "\\134", "\\"));
    }
    return found;
}

}  // namespace bm
