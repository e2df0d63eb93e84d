#pragma once

#include <optional>
#include <string>

#include "cli/application.hpp"
#include "importers/export_reader.hpp"

namespace CLI {
class App;
}

namespace bm {

struct CommandMaker;

struct ImportCommand {
    ImportKind kind = ImportKind::chatgpt;
    std::string file;
    std::string folder;
    std::optional<std::string> project = {};
    bool dry_run = false;
    bool json = false;
};
int run_import_command(Application& application, const ImportCommand& command);

/// The commands of `import`.
void add_import_words(CLI::App& group, const CommandMaker& maker);

}  // namespace bm
