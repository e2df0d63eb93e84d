#include "cli/hook_file.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "repository/jsonc_edit.hpp"

namespace bm {

namespace {

using OrderedJson = nlohmann::ordered_json;

std::string hook_words(std::string_view verb, std::string_view harness) {
    return "hook " + std::string(verb) + " --harness " + std::string(harness);
}

/// A program's path as the shell takes it for one word.
std::string shell_word(const std::string& word) {
    const bool is_plain = std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("/._-+").find(c) != std::string_view::npos;
    });
    if (is_plain && !word.empty()) return word;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + '\'';
}

/// Where a call of ours stands among those of an event.
struct HookPlace {
    std::size_t group;
    std::size_t call;
    std::string command;
    bool is_alone;  ///< in its group
};

const OrderedJson* member(const OrderedJson& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

/// All of them, in their order.
Result<std::vector<HookPlace>> find_hooks(std::string_view text, const HookVerb& verb,
                                          std::string_view harness) {
    const auto groups = jsonc_value(text, {"hooks", std::string(verb.event)});
    if (!groups) return tl::unexpected(groups.error());
    std::vector<HookPlace> found;
    if (!*groups) return found;
    const OrderedJson list = OrderedJson::parse(**groups, nullptr, false);
    if (!list.is_array()) {
        return fail(Fault::conflict, '"' + std::string(verb.event) +
                                         "\" is not a list, as hooks are; nothing was changed");
    }
    const std::string ending = ' ' + hook_words(verb.verb, harness);
    for (std::size_t group = 0; group < list.size(); ++group) {
        const OrderedJson* calls = member(list[group], "hooks");
        if (calls == nullptr || !calls->is_array()) continue;
        for (std::size_t call = 0; call < calls->size(); ++call) {
            const OrderedJson* command = member((*calls)[call], "command");
            if (command == nullptr || !command->is_string()) continue;
            const auto words = command->get<std::string>();
            if (words.ends_with(ending)) {
                found.push_back({group, call, words, calls->size() == 1});
            }
        }
    }
    return found;
}

JsonPath place_of(const HookVerb& verb, const HookPlace& hook) {
    return {"hooks", std::string(verb.event), std::to_string(hook.group), "hooks",
            std::to_string(hook.call)};
}

/// The text without one call, and without its group when nothing else is in it.
Result<std::string> without_hook(std::string_view text, const HookVerb& verb,
                                 const HookPlace& hook) {
    if (!hook.is_alone) return without_jsonc_value(text, place_of(verb, hook));
    return without_jsonc_value(text,
                               {"hooks", std::string(verb.event), std::to_string(hook.group)});
}

}  // namespace

Result<std::string> with_hooks(std::string_view text, std::string_view harness,
                               const std::string& program) {
    Result<std::string> edited{std::string(text)};
    for (const HookVerb& verb : kHookVerbs) {
        const std::string command = shell_word(program) + ' ' + hook_words(verb.verb, harness);
        auto places = find_hooks(*edited, verb, harness);
        // Of several calls of ours one stays.
        while (places && places->size() > 1) {
            edited = without_hook(*edited, verb, places->back());
            if (!edited) return edited;
            places = find_hooks(*edited, verb, harness);
        }
        if (!places) return tl::unexpected(places.error());
        if (places->empty()) {
            const OrderedJson group = {{"hooks", OrderedJson::array({OrderedJson{
                                                     {"type", "command"}, {"command", command}}})}};
            edited =
                with_jsonc_value(*edited, {"hooks", std::string(verb.event), "-"}, group.dump());
        } else if (places->front().command != command) {
            JsonPath place = place_of(verb, places->front());
            place.emplace_back("command");
            edited = with_jsonc_value(*edited, place, OrderedJson(command).dump());
        }
        if (!edited) return edited;
    }
    return edited;
}

Result<std::string> without_hooks(std::string_view text, std::string_view harness) {
    Result<std::string> edited{std::string(text)};
    const auto drop_if = [&edited](const JsonPath& path, std::string_view empty) {
        const auto left = jsonc_value(*edited, path);
        if (left && *left && **left == empty) edited = without_jsonc_value(*edited, path);
        return edited.has_value();
    };
    for (const HookVerb& verb : kHookVerbs) {
        auto places = find_hooks(*edited, verb, harness);
        const bool was_there = places && !places->empty();
        while (places && !places->empty()) {
            edited = without_hook(*edited, verb, places->back());
            if (!edited) return edited;
            places = find_hooks(*edited, verb, harness);
        }
        if (!places) return tl::unexpected(places.error());
        // An event whose only calls were ours says nothing any more.
        if (was_there && !drop_if({"hooks", std::string(verb.event)}, "[]")) return edited;
    }
    if (*edited != text) drop_if({"hooks"}, "{}");
    return edited;
}

Result<std::map<std::string, std::string>> hooks_in(std::string_view text,
                                                    std::string_view harness) {
    std::map<std::string, std::string> found;
    for (const HookVerb& verb : kHookVerbs) {
        const auto places = find_hooks(text, verb, harness);
        if (!places) return tl::unexpected(places.error());
        if (!places->empty()) found.emplace(verb.verb, places->front().command);
    }
    return found;
}

}  // namespace bm
