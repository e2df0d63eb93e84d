#include "tools/typed_place.hpp"

#include "markdown/memory_url.hpp"
#include "markdown/text.hpp"

namespace bm {

bool is_memory_url(std::string_view typed) {
    const std::string_view text = trim(typed);
    return without_memory_scheme(text).size() != text.size();
}

TypedPlace typed_place(KnowledgeBase& knowledge, const ChosenProject& chosen,
                       std::string_view typed) {
    if (!is_memory_url(typed)) return {chosen.project, std::string(typed)};
    std::string path(without_memory_scheme(trim(typed)));
    const std::string first = path.substr(0, path.find('/'));
    const auto front = project_in_front(knowledge, first.size() == path.size() ? path + '/' : path);
    const bool is_project = front && may_reach(knowledge, chosen, front->project) &&
                            !knowledge.files(chosen.project)->folder_exists(first);
    if (is_project) return {front->project, front->rest};
    return {chosen.project, std::move(path)};
}

}  // namespace bm
