#include "tools/connector_document.hpp"

#include "tools/json_value.hpp"

namespace bm {
namespace {

/// The documents below are two levels deep; the limit keeps a mistake of ours from overflowing the
/// stack.
constexpr int kMaxDocumentDepth = 16;

void append_spaced(std::string& out, const Json& json, int depth) {
    if (!json.is_structured() || depth == kMaxDocumentDepth) {
        out += compact_json(json);
        return;
    }
    out += json.is_object() ? '{' : '[';
    bool first = true;
    for (const auto& item : json.items()) {
        if (!first) {
            out += ", ";
        }
        first = false;
        if (json.is_object()) {
            out += compact_json(Json(item.key())) + ": ";
        }
        append_spaced(out, item.value(), depth + 1);
    }
    out += json.is_object() ? '}' : ']';
}

}  // namespace

std::string spaced_json(const Json& json) {
    std::string out;
    append_spaced(out, json, 0);
    return out;
}

Json connector_answer(const Json& document) {
    Json item = Json::object();
    item["type"] = "text";
    item["text"] = spaced_json(document);
    Json list = Json::array();
    list.push_back(std::move(item));
    return list;
}

Result<Project> connector_project(KnowledgeBase& knowledge) {
    auto project = knowledge.constraint() ? knowledge.find_project(*knowledge.constraint())
                                          : knowledge.default_project();
    if (!project) {
        return fail(Fault::not_found,
                    "There is no default project. Set `default_project` in config.");
    }
    return *std::move(project);
}

}  // namespace bm
