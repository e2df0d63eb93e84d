#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/application.hpp"
#include "repository/config_keys.hpp"

/// What commands with `--json` have in common.
namespace bm {

/// Keys and plain values, in this order.
using ChangeFields = std::vector<std::pair<std::string, ConfigScalar>>;
/// Prints `{"ok":true}` and what a command has changed.
void print_change(Application& application, const ChangeFields& fields);

/// Where a command with `--json` failed and printed nothing, prints `{"ok":false,"error":{"code",
/// "message","hint"}}`, made of what it said on stderr. `code` is its exit code.
void print_failure(Application& application, int code);

}  // namespace bm
