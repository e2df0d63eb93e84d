#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace bm {

struct CloudBisyncCommand;
struct CommandMaker;

/// The flags that `cloud bisync` and `sync` share.
void add_bisync_words(CLI::App* sub, const std::shared_ptr<CloudBisyncCommand>& command);
/// The commands of `cloud` that keep folders in step.
void add_cloud_sync_words(CLI::App& group, const CommandMaker& maker);
/// The commands of `project` that keep folders in step.
void add_project_sync_words(CLI::App& group, const CommandMaker& maker);

}  // namespace bm
