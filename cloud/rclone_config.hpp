#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/cloud_failure.hpp"
#include "cloud/host_api.hpp"

namespace bm {

/// Lines of one section of rclone.conf, in their order.
using RcloneSection = std::vector<std::pair<std::string, std::string>>;

/// What our section says for the keys that a host has given. `obscured` is the secret as rclone
/// wants passwords written; S3 keys stand in the clear. CloudFault::remote_unsupported for a kind
/// of storage that we do not know.
[[nodiscard]] CloudResult<RcloneSection> section_of(const StorageCredentials& credentials,
                                                    const std::string& obscured);

/// The text of a file whose section `name` is replaced, or added at the end. Everything else stays
/// byte by byte, comments too. Pure.
[[nodiscard]] std::string with_section(std::string_view text, std::string_view name,
                                       const RcloneSection& section);

/// Writes the section into the file: atomically, readable by its owner only, with a backup of what
/// was there beside it. Faults: local_io; usage when the file is encrypted.
[[nodiscard]] CloudResult<void> write_section(const std::filesystem::path& file,
                                              std::string_view name, const RcloneSection& section);

}  // namespace bm
