#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace bm::test {

/// The rclone that tests of two-way syncs use: the one that BM_TEST_RCLONE names, else what
/// `scripts/setup --test` has unpacked. Nothing where neither is there.
inline std::optional<std::string> new_rclone() {
    if (const char* named = std::getenv("BM_TEST_RCLONE"); named != nullptr && *named != '\0')
        return named;
    const auto unpacked = std::filesystem::path(BM_SOURCE_DIR) / "build/rclone/rclone";
    if (std::filesystem::exists(unpacked)) return unpacked.string();
    return std::nullopt;
}

/// The distribution's own, which may be an old one.
inline std::optional<std::string> packaged_rclone() {
    if (const char* named = std::getenv("BM_TEST_RCLONE_OLD"); named != nullptr && *named != '\0')
        return named;
    if (std::filesystem::exists("/usr/bin/rclone")) return "/usr/bin/rclone";
    return std::nullopt;
}

/// What a command line prints; throws when it fails. For words of the test's own only.
inline std::string output_of(const std::string& command) {
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("popen");
    std::string text;
    char buffer[4096];
    for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        text.append(buffer, got);
    if (const int status = ::pclose(pipe); status != 0)
        throw std::runtime_error(command + " ended with " + std::to_string(status));
    return text;
}

}  // namespace bm::test
