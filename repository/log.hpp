#pragma once

#include <functional>
#include <string_view>

namespace bm {

enum class LogLevel { debug, info, warning, error };

/// Where human-readable notes about the program's own doings go: a file or stderr, never stdout.
/// Safe to call from any thread. Never given note content, tokens or passwords.
using Log = std::function<void(LogLevel, std::string_view)>;

}  // namespace bm
