#pragma once

#include "cli/command_tree.hpp"

namespace bm {

/// The commands of `schema`.
void add_schema_words(CLI::App& group, const CommandMaker& maker);

}  // namespace bm
