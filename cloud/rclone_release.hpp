#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/cloud_failure.hpp"
#include "cloud/http_client.hpp"
#include "repository/checksum.hpp"

/// Official releases of rclone, for machines whose packages are too old: taken into our own folder,
/// and used only when their bytes have the published SHA-256. No script of anybody is run.
namespace bm {

/// Where they are published: the newest version in `version.txt`, and in the folder of each version
/// its archives and `SHA256SUMS`.
constexpr std::string_view kRcloneReleases = "https://downloads.rclone.org";

struct RcloneRelease {
    std::string version;  ///< `1.75.2`
    std::string archive;  ///< URL of the ZIP archive
    Checksum checksum;
};

/// The version in `rclone v1.75.2`; none for anything else. Pure.
std::optional<std::string> published_version(std::string_view text);
/// `rclone-v1.75.2-linux-amd64.zip` for the system this was built for; none where there is none.
std::optional<std::string> rclone_archive_name(std::string_view version);
/// What a list in the form of sha256sum says of the file. Pure.
std::optional<Checksum> listed_checksum(std::string_view list, std::string_view file);

/// Whether releases may be taken from there: https, or http on this machine. Pure.
[[nodiscard]] bool is_trusted_source(std::string_view url);

/// The newest release. `releases` is kRcloneReleases or a mirror; https, or http on this machine.
/// CloudFault::network when it cannot be asked or says nothing usable.
CloudResult<RcloneRelease> newest_rclone_release(HttpClient& http, std::string_view releases);

struct RcloneInstallation {
    std::filesystem::path folder;          ///< made when it is not there; gets the program `rclone`
    std::string search_path;               ///< PATH, for a program that unpacks
    std::vector<std::string> environment;  ///< of this process, `NAME=value`
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;  ///< bytes
    std::stop_token stop;
};

/// Removes what downloads into the folder have left that were broken off: their processes are gone.
void remove_broken_downloads(const std::filesystem::path& folder);

/// Downloads, checks, unpacks, and asks the program for its version before it takes its place. What
/// was there before stays until then. CloudFault::network, CloudFault::rclone_failed (a wrong
/// checksum, nothing to unpack with, a program that does not run), CloudFault::interrupted.
/// A download ends after some minutes, however slow it is.
CloudResult<void> install_rclone(HttpClient& http, const RcloneRelease& release,
                                 const RcloneInstallation& wanted);

}  // namespace bm
