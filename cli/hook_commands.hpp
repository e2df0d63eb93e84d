#pragma once

#include <array>
#include <optional>
#include <string>

#include "cli/commands.hpp"

namespace bm {

/// Programs that call hooks, the usual one first.
constexpr std::array<const char*, 2> kHarnesses{"claude", "codex"};

struct HookCommand {
    std::string harness = kHarnesses[0];
    std::optional<std::string> project_dir;
    int older_than_days = 30;
    bool json = false;
};
/// What a harness calls: reads one JSON object, prints at most 10,000 characters, never fails.
int run_hook_session_start(Application& application, const HookCommand& command);
int run_hook_pre_compact(Application& application, const HookCommand& command);
int run_hook_stop(Application& application, const HookCommand& command);

int run_hook_flush(Application& application, const HookCommand& command);
int run_hook_install(Application& application, const HookCommand& command);
int run_hook_remove(Application& application, const HookCommand& command);
int run_hook_status(Application& application, const HookCommand& command);

}  // namespace bm
