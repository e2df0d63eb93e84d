#pragma once

#include <optional>
#include <string>

namespace bm {

/// Which project a call without one uses.
struct ProjectMode {
    std::optional<std::string> constrained_to;   ///< the server works on this project only
    std::optional<std::string> default_project;  ///< used when a call names none
};

/// The guide for assistants: how projects are chosen here, then everything they need to work with
/// notes.
std::string assistant_guide(const ProjectMode& mode);

}  // namespace bm
