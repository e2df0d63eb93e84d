#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/file_set.hpp"

namespace bm {

/// Reads what bisync of rclone remembers of one side (`.lst`). None for a text that is no whole
/// listing: a line that cannot be read means that it was torn. Pure.
std::optional<FileSet> parse_bisync_listing(std::string_view text);

/// None also when there is no such file.
std::optional<FileSet> read_bisync_listing(const std::filesystem::path& file);

/// A listing without entries, as rclone writes it.
std::string empty_bisync_listing();

/// A listing without a folder and everything below it, however the name is composed. Lines that
/// cannot be read stay. Pure.
std::string listing_without_folder(std::string_view text, std::string_view folder);

/// Nanoseconds since 1970 of `2026-11-30T06:10:36.301731390+0000` and of what JSON has
/// (`...Z`, `...+01:00`); none for anything else. Pure.
std::optional<std::int64_t> parse_rclone_time(std::string_view text);

/// The text of a string in quotes as the language Go writes it; none for anything else. Pure.
std::optional<std::string> unquote_go(std::string_view quoted);

}  // namespace bm
