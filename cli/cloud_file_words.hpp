#pragma once

namespace CLI {
class App;
}

namespace bm {

struct CommandMaker;

/// `upload`, `mount`, `unmount` and `mount-status` of `cloud`.
void add_cloud_file_words(CLI::App& group, const CommandMaker& maker);

}  // namespace bm
