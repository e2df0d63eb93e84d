#include "cloud/rclone_config.hpp"

#include <fstream>
#include <iterator>
#include <optional>

#include <sys/stat.h>
#include <unistd.h>

#include "markdown/text.hpp"
#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEncrypted = "RCLONE_ENCRYPT_V0:";
constexpr const char* kDefaultS3 = "https://fly.storage.tigris.dev";

/// The name in a line such as `[name]`.
std::optional<std::string_view> section_name(std::string_view line) {
    line = trim(line);
    if (line.size() < 2 || line.front() != '[' || line.back() != ']') return std::nullopt;
    return line.substr(1, line.size() - 2);
}

std::string section_text(std::string_view name, const RcloneSection& section) {
    std::string text = '[' + std::string(name) + "]\n";
    for (const auto& [key, value] : section) text += key + " = " + value + '\n';
    return text;
}

CloudResult<std::string> text_of(const fs::path& file) {
    std::error_code problem;
    if (!fs::exists(file, problem)) return std::string();
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.is_open() || in.bad())
        return cloud_fail(CloudFault::local_io, "Cannot read " + file.string() + ".");
    return text;
}

}  // namespace

CloudResult<RcloneSection> section_of(const StorageCredentials& credentials,
                                      const std::string& obscured) {
    // A line break would begin a key of its own.
    for (const std::string* value :
         {&credentials.endpoint, &credentials.region, &credentials.access_key,
          &credentials.secret_key, &credentials.vendor, &obscured}) {
        if (value->find_first_of("\r\n") != std::string::npos)
            return cloud_fail(CloudFault::internal, "The host has sent keys that are no keys.");
    }
    if (credentials.type == "s3") {
        return RcloneSection{
            {"type", "s3"},
            {"provider", "Other"},
            {"access_key_id", credentials.access_key},
            {"secret_access_key", credentials.secret_key},
            {"endpoint", credentials.endpoint.empty() ? kDefaultS3 : credentials.endpoint},
            {"region", credentials.region.empty() ? "auto" : credentials.region},
            {"encoding", "Slash,InvalidUtf8"}};
    }
    if (credentials.type == "webdav") {
        return RcloneSection{
            {"type", "webdav"},
            {"url", credentials.endpoint},
            {"vendor", credentials.vendor.empty() ? "owncloud" : credentials.vendor},
            {"user", credentials.access_key},
            {"pass", obscured}};
    }
    return cloud_fail(CloudFault::remote_unsupported,
                      "The host keeps its files in a storage of the kind '" + credentials.type +
                          "', which is not known here. A newer version may know it.");
}

std::string with_section(std::string_view text, std::string_view name,
                         const RcloneSection& section) {
    std::string before;
    std::string after;
    bool is_ours = false;
    bool was_there = false;
    std::string* out = &before;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line =
            text.substr(0, end == std::string_view::npos ? text.size() : end + 1);
        text.remove_prefix(line.size());
        if (const auto found = section_name(line)) {
            is_ours = *found == name;
            if (is_ours) was_there = true;
            if (was_there && !is_ours) out = &after;
        }
        // Comments between sections belong to nobody in particular: they stay.
        const std::string_view content = trim(line);
        const bool stays = !is_ours || content.starts_with('#') || content.starts_with(';');
        if (stays) (was_there ? after : *out) += line;
    }
    if (!before.empty() && !before.ends_with('\n')) before += '\n';
    if (!was_there && !before.empty()) before += '\n';
    return before + section_text(name, section) +
           (after.empty() || after.starts_with('\n') ? "" : "\n") + after;
}

CloudResult<void> write_section(const fs::path& file, std::string_view name,
                                const RcloneSection& section) {
    const auto text = text_of(file);
    if (!text) return tl::unexpected(text.error());
    if (text->find(kEncrypted) != std::string::npos) {
        return cloud_fail(CloudFault::usage,
                          "rclone.conf is encrypted; decrypt it or set "
                          "RCLONE_CONFIG to a file that is not.");
    }
    if (const int error = make_folders(file.parent_path(), 0700); error != 0) {
        return cloud_fail(
            CloudFault::local_io,
            "Cannot make the folder " + file.parent_path().string() + ": " + reason_of(error));
    }
    if (!text->empty()) {
        const fs::path backup = file.string() + ".backup-" + std::to_string(::getpid());
        if (const auto kept = write_file_atomically(backup, *text, 0600); !kept)
            return cloud_fail(CloudFault::local_io, kept.error().message);
        // One that was readable by others is not any more.
        ::chmod(file.c_str(), 0600);
    }
    if (const auto written = write_file_atomically(file, with_section(*text, name, section), 0600);
        !written)
        return cloud_fail(CloudFault::local_io, written.error().message);
    ::chmod(file.c_str(), 0600);
    return {};
}

}  // namespace bm
