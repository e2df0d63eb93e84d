#include "tools/interaction.hpp"

namespace bm {
namespace {

const Json* text_member(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || !found->is_string() ? nullptr : &*found;
}

std::optional<FormAnswer::Action> action_named(std::string_view name) {
    if (name == "accept") return FormAnswer::Action::accepted;
    if (name == "decline") return FormAnswer::Action::declined;
    if (name == "cancel") return FormAnswer::Action::cancelled;
    return std::nullopt;
}

}  // namespace

Answers::Answers(const Json& values) {
    if (!values.is_object()) return;
    for (const auto& [key, value] : values.items()) {
        if (value.is_object()) values_[key] = value;
    }
}

const Json* Answers::find(std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &*found;
}

std::optional<FormAnswer> Answers::form(std::string_view key) const {
    const Json* answer = find(key);
    const Json* name = answer == nullptr ? nullptr : text_member(*answer, "action");
    if (name == nullptr) return std::nullopt;
    const auto action = action_named(name->get_ref<const std::string&>());
    if (!action) return std::nullopt;
    FormAnswer out{*action};
    if (*action != FormAnswer::Action::accepted) return out;
    const auto content = answer->find("content");
    if (content == answer->end()) return out;
    if (!content->is_object()) return std::nullopt;
    out.content = *content;
    return out;
}

std::optional<std::string> Answers::sampled_text(std::string_view key) const {
    const Json* answer = find(key);
    if (answer == nullptr) return std::nullopt;
    const auto content = answer->find("content");
    if (content == answer->end()) return std::nullopt;
    // One block, or since 2025-11-25 a list of them.
    const Json& block = content->is_array() && !content->empty() ? content->front() : *content;
    const Json* text = block.is_object() ? text_member(block, "text") : nullptr;
    if (text == nullptr) return std::nullopt;
    return text->get<std::string>();
}

}  // namespace bm
