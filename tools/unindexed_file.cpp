#include "tools/unindexed_file.hpp"

#include "markdown/file_naming.hpp"
#include "markdown/memory_url.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/path_safety.hpp"
#include "markdown/permalink.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "sync/scan.hpp"

namespace bm {

namespace {

/// The note in the folder of `path` that has this path or the same permalink.
std::optional<UnindexedFile> file_at(KnowledgeBase& knowledge, const Project& project,
                                     std::string_view identifier) {
    if (slug(identifier).empty() || !is_safe_client_path(identifier)) return std::nullopt;
    const std::string wanted = normalized_path(identifier);
    const std::string wanted_slug = slug(wanted);
    const std::string folder(parent_folder(wanted));
    const IgnoreRules rules = knowledge.ignore_rules(project);
    const auto files = knowledge.files(project);
    for (const auto& name : names_in_folder(project.path, folder)) {
        const std::string path = folder.empty() ? name : folder + '/' + name;
        const bool is_meant = path == wanted || path == wanted + ".md" || slug(path) == wanted_slug;
        if (!is_meant || !is_note_name(name) || rules.ignores(path)) continue;
        auto relative = RelativePath::parse(path);
        if (relative && files->exists(*relative)) {
            return UnindexedFile{project, *std::move(relative)};
        }
    }
    return std::nullopt;
}

}  // namespace

std::string UnindexedFile::reason() const {
    return path.str() +
           " is no note: its bytes are not UTF-8 text, or nobody may read it. It was left as it "
           "is. The user has to convert it; until then `read_content` shows what it says.";
}

std::optional<UnindexedFile> unindexed_file(KnowledgeBase& knowledge, const ChosenProject& chosen,
                                            std::string_view identifier) {
    const std::string_view text = link_target(without_memory_scheme(trim(identifier)));
    if (auto file = file_at(knowledge, chosen.project, text)) return file;
    const auto front = project_in_front(knowledge, text);
    if (!front || !may_reach(knowledge, chosen, front->project)) return std::nullopt;
    return file_at(knowledge, front->project, front->rest);
}

}  // namespace bm
