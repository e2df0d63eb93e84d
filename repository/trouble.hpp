#pragma once

#include <exception>
#include <filesystem>
#include <optional>
#include <string>

#include "markdown/result.hpp"

namespace bm {

/// `message`, and what a person can do about it where it tells of an error of the system, in the
/// system's words (see reason_of). Unchanged otherwise.
std::string with_way_out(std::string message);

/// What an exception tells about the machine (disk full, index locked, too many open files), as
/// sentences for the person at the other end: Fault::unavailable. None when the fault is ours.
/// `index` is the file of the index.
std::optional<Error> trouble_of(const std::exception& problem, const std::filesystem::path& index);

}  // namespace bm
