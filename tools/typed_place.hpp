#pragma once

#include <string>
#include <string_view>

#include "tools/project_choice.hpp"

namespace bm {

/// A folder or path that a caller wants to make something at.
struct TypedPlace {
    Project project;
    std::string path;
};

/// Whether `typed` begins with "memory://", blanks aside.
bool is_memory_url(std::string_view typed);

/// Where `typed` leads. A plain path is taken as it is. Of a memory URL the scheme goes, and a
/// project in front that the call may reach, unless the chosen project has a folder of that name.
TypedPlace typed_place(KnowledgeBase& knowledge, const ChosenProject& chosen,
                       std::string_view typed);

}  // namespace bm
