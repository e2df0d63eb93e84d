#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/application.hpp"

/// What commands with `--json` have in common.
namespace bm {

/// A plain value or a list of texts; monostate is null.
using ChangeValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>>;
/// Keys and their values, in this order.
using ChangeFields = std::vector<std::pair<std::string, ChangeValue>>;
/// Prints `{"ok":true}` and what a command has changed.
void print_change(Application& application, const ChangeFields& fields);

/// Where a command with `--json` failed and printed nothing, prints `{"ok":false,"error":{"code",
/// "message","hint"}}`, made of what it said on stderr. `code` is its exit code.
void print_failure(Application& application, int code);

}  // namespace bm
