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

Result<std::optional<HookPlace>> find_hook(std::string_view text, const HookVerb& verb,
                                           std::string_view harness) {
    const auto groups = jsonc_value(text, {"hooks", std::string(verb.event)});
    if (!groups) return tl::unexpected(groups.error());
    if (!*groups) return std::nullopt;
    const OrderedJson list = OrderedJson::parse(**groups, nullptr, false);
    if (!list.is_array()) {
        return fail(Fault::invalid, '"' + std::string(verb.event) + "\" is not a list");
    }
    const std::string ending = ' ' + hook_words(verb.verb, harness);
    for (std::size_t group = 0; group < list.size(); ++group) {
        const OrderedJson* calls = member(list[group], "hooks");
        if (calls == nullptr || !calls->is_array()) continue;
        for (std::size_t call = 0; call < calls->size(); ++call) {
            const OrderedJson* command = member((*calls)[call], "command");
            if (command == nullptr || !command->is_string()) continue;
            const auto words = command->get<std::string>();
            if (words.ends_with(ending)) return HookPlace{group, call, words, calls->size() == 1};
        }
    }
    return std::nullopt;
}

}  // namespace

Result<std::string> with_hooks(std::string_view text, std::string_view harness,
                               const std::string& program) {
    std::string edited(text);
    for (const HookVerb& verb : kHookVerbs) {
        const auto place = find_hook(edited, verb, harness);
        if (!place) return tl::unexpected(place.error());
        const std::string command = shell_word(program) + ' ' + hook_words(verb.verb, harness);
        const std::string event(verb.event);
        Result<std::string> next = edited;
        if (!*place) {
            const OrderedJson group = {{"hooks", OrderedJson::array({OrderedJson{
                                                     {"type", "command"}, {"command", command}}})}};
            next = with_jsonc_value(edited, {"hooks", event, "-"}, group.dump());
        } else if ((*place)->command != command) {
            next = with_jsonc_value(edited,
                                    {"hooks", event, std::to_string((*place)->group), "hooks",
                                     std::to_string((*place)->call), "command"},
                                    OrderedJson(command).dump());
        }
        if (!next) return next;
        edited = *std::move(next);
    }
    return edited;
}

Result<std::string> without_hooks(std::string_view text, std::string_view harness) {
    std::string edited(text);
    for (const HookVerb& verb : kHookVerbs) {
        while (true) {
            const auto place = find_hook(edited, verb, harness);
            if (!place) return tl::unexpected(place.error());
            if (!*place) break;
            JsonPath path{"hooks", std::string(verb.event), std::to_string((*place)->group)};
            if (!(*place)->is_alone) {
                path.insert(path.end(), {"hooks", std::to_string((*place)->call)});
            }
            auto next = without_jsonc_value(edited, path);
            if (!next) return next;
            edited = *std::move(next);
        }
        // An event without calls says nothing.
        const JsonPath event{"hooks", std::string(verb.event)};
        const auto left = jsonc_value(edited, event);
        if (left && *left && **left == "[]" && edited != text) {
            auto next = without_jsonc_value(edited, event);
            if (!next) return next;
            edited = *std::move(next);
        }
    }
    const auto left = jsonc_value(edited, {"hooks"});
    if (left && *left && **left == "{}" && edited != text) {
        return without_jsonc_value(edited, {"hooks"});
    }
    return edited;
}

Result<std::map<std::string, std::string>> hooks_in(std::string_view text,
                                                    std::string_view harness) {
    std::map<std::string, std::string> found;
    for (const HookVerb& verb : kHookVerbs) {
        const auto place = find_hook(text, verb, harness);
        if (!place) return tl::unexpected(place.error());
        if (*place) found.emplace(verb.verb, (*place)->command);
    }
    return found;
}

}  // namespace bm
