#pragma once

#include <memory>
#include <optional>

#include "host/served_tree.hpp"
#include "host/space.hpp"

namespace bm {

/// The tree of a space, or of one project in it, with the care that spaces take of their files:
/// notes that go, and other files that are deleted and no larger than a note may be, are kept in
/// the history, the folder of a project stays, no sentence names a folder
/// of the host. The space stays open as long as the tree is held. Makes the project's folder where
/// it has gone.
[[nodiscard]] ServedTree tree_of(std::shared_ptr<Space> space, std::optional<Project> project);

}  // namespace bm
