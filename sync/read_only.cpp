#include "sync/read_only.hpp"

namespace bm {

bool is_read_only(const Config& config, std::string_view project) {
    const auto found = config.extra.find("projects." + std::string(project) + ".read_only");
    return found != config.extra.end() && found->second == "true";
}

std::optional<Error> why_read_only(KnowledgeBase& knowledge, const Project& project) {
    const std::string& name = project.name.str();
    if (!is_read_only(*knowledge.config(), name)) return std::nullopt;
    return Error{Fault::unavailable,
                 "Project '" + name +
                     "' is read-only: it is read and searched, and nothing in it is changed. To "
                     "allow changes: `bm project add \"" +
                     name + "\" \"" + project.path.string() + "\" --read-only=false`"};
}

}  // namespace bm
