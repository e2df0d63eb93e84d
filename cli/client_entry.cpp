#include "cli/client_entry.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "markdown/text.hpp"
#include "repository/jsonc_edit.hpp"
#include "repository/secret_text.hpp"
#include "repository/toml_edit.hpp"

namespace bm {

namespace {

using OrderedJson = nlohmann::ordered_json;

/// An entry as it was found, whatever the file's format.
struct FoundEntry {
    std::string command;
    std::vector<std::string> args;
    std::string url;

    [[nodiscard]] std::string shown() const {
        if (!url.empty()) return without_credentials(url);
        std::vector<std::string> words{command};
        words.insert(words.end(), args.begin(), args.end());
        return without_secret_words(join(words, " "));
    }
};

/// `bm` of `C:\tools\bm.exe`, `basic-memory` of `basic-memory@latest`.
std::string program_name(std::string_view word) {
    const std::size_t slash = word.find_last_of("/\\");
    if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
    word = word.substr(0, word.find_first_of("@=["));
    std::string name = to_lower(word);
    if (name.ends_with(".exe")) name.erase(name.size() - 4);
    return name;
}

bool is_our_program(std::string_view word) {
    const std::string name = program_name(word);
    return name == "bm" || name == "basic-memory";
}

/// This program, its relatives, and what runs them (`uvx basic-memory mcp`). An address under our
/// name is ours too.
bool is_ours(const FoundEntry& entry, const std::string& own_command) {
    if (!entry.url.empty()) return true;
    return entry.command == own_command || is_our_program(entry.command) ||
           std::any_of(entry.args.begin(), entry.args.end(), is_our_program);
}

tl::unexpected<Error> foreign(const std::string& name, const std::string& shown) {
    return fail(Fault::conflict, "'" + name + "' is there already and is something else (" + shown +
                                     "). Nothing was changed; choose another name with --name.");
}

/// `mcp`, and the flags that stood behind it.
std::vector<std::string> kept_arguments(const FoundEntry& before) {
    const auto mcp = std::find(before.args.begin(), before.args.end(), "mcp");
    if (mcp == before.args.end()) return {"mcp"};
    return {mcp, before.args.end()};
}

/// What the members of an entry are to be; null takes one out.
std::vector<std::pair<std::string, OrderedJson>> wanted_members(
    const Client& client, const ServerEntry& entry, const std::vector<std::string>& args) {
    std::vector<std::pair<std::string, OrderedJson>> members;
    if (client.names_type) members.emplace_back("type", entry.url ? "http" : "stdio");
    if (entry.url) {
        members.emplace_back(client.url_key, *entry.url);
        for (const char* other : {"command", "args", "env"}) members.emplace_back(other, nullptr);
        return members;
    }
    members.emplace_back("command", entry.command);
    members.emplace_back("args", args);
    for (const char* other : {"url", "serverUrl", "httpUrl", "headers"}) {
        members.emplace_back(other, nullptr);
    }
    return members;
}

std::string text_of(const OrderedJson& object, std::string_view name) {
    const auto found = object.find(std::string(name));
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<FoundEntry> found_in(const OrderedJson& object) {
    if (!object.is_object()) return std::nullopt;
    FoundEntry entry{text_of(object, "command"), {}, ""};
    for (const char* key : {"url", "serverUrl", "httpUrl"}) {
        if (entry.url.empty()) entry.url = text_of(object, key);
    }
    if (const auto args = object.find("args"); args != object.end() && args->is_array()) {
        for (const auto& each : *args) {
            if (each.is_string()) entry.args.push_back(each.get<std::string>());
        }
    }
    return entry;
}

/// The entry that is there, which must be ours.
Result<std::optional<FoundEntry>> our_json_entry(std::string_view text, const JsonPath& place,
                                                 const std::string& own_command,
                                                 OrderedJson& object) {
    const auto there = jsonc_value(text, place);
    if (!there) return tl::unexpected(there.error());
    if (!*there) return std::nullopt;
    object = OrderedJson::parse(**there, nullptr, false);
    const auto entry = found_in(object);
    if (!entry) return foreign(place.back(), "no object");
    if (!is_ours(*entry, own_command)) return foreign(place.back(), entry->shown());
    return entry;
}

Result<EntryChange> with_json_entry(const Client& client, std::string_view text,
                                    const ServerEntry& entry) {
    const JsonPath place{std::string(client.section), entry.name};
    OrderedJson object;
    const auto before = our_json_entry(text, place, entry.command, object);
    if (!before) return tl::unexpected(before.error());
    EntryChange change{std::string(text)};
    const auto args = kept_arguments(before->value_or(FoundEntry{}));
    const auto members = wanted_members(client, entry, args);
    if (!*before) {
        OrderedJson whole = OrderedJson::object();
        for (const auto& [name, value] : members) {
            if (!value.is_null()) whole[name] = value;
        }
        auto edited = with_jsonc_value(text, place, whole.dump());
        if (!edited) return tl::unexpected(edited.error());
        change.text = *std::move(edited);
    } else {
        change.before = (*before)->shown();
        for (const auto& [name, value] : members) {
            const auto there = object.find(name);
            const bool agrees =
                there == object.end() ? value.is_null() : !value.is_null() && *there == value;
            if (agrees) continue;
            JsonPath member = place;
            member.push_back(name);
            auto edited = value.is_null() ? without_jsonc_value(change.text, member)
                                          : with_jsonc_value(change.text, member, value.dump());
            if (!edited) return tl::unexpected(edited.error());
            change.text = *std::move(edited);
        }
    }
    change.is_changed = change.text != text;
    return change;
}

Result<std::optional<FoundEntry>> our_toml_entry(std::string_view text, const TomlPath& place,
                                                 const std::string& own_command) {
    const auto table = toml_table(text, place);
    if (!table) return tl::unexpected(table.error());
    if (!*table) return std::nullopt;
    FoundEntry entry;
    for (const auto& [name, texts] : **table) {
        if (name == "args") entry.args = texts;
        if (texts.size() != 1) continue;
        if (name == "command") entry.command = texts.front();
        if (name == "url") entry.url = texts.front();
    }
    if (!is_ours(entry, own_command)) return foreign(place.back(), entry.shown());
    return entry;
}

Result<EntryChange> with_toml_entry(const Client& client, std::string_view text,
                                    const ServerEntry& entry) {
    const TomlPath place{std::string(client.section), entry.name};
    const auto before = our_toml_entry(text, place, entry.command);
    if (!before) return tl::unexpected(before.error());
    const auto args = kept_arguments(before->value_or(FoundEntry{}));
    std::vector<TomlValue> values;
    if (entry.url) {
        values = {
            {"url", toml_text(*entry.url)}, {"command", std::nullopt}, {"args", std::nullopt}};
    } else {
        values = {{"command", toml_text(entry.command)},
                  {"args", toml_list(args)},
                  {"url", std::nullopt}};
    }
    EntryChange change{std::string(text)};
    if (*before) {
        change.before = (*before)->shown();
        const bool agrees = entry.url
                                ? (*before)->url == *entry.url
                                : (*before)->url.empty() && (*before)->command == entry.command &&
                                      (*before)->args == args;
        if (agrees) return change;
    }
    auto edited = with_toml_values(text, place, values);
    if (!edited) return tl::unexpected(edited.error());
    change.text = *std::move(edited);
    change.is_changed = true;
    return change;
}

}  // namespace

Result<EntryChange> with_entry(const Client& client, std::string_view text,
                               const ServerEntry& entry) {
    if (entry.url && client.url_key.empty()) {
        return fail(Fault::invalid,
                    std::string(client.title) +
                        " starts programs only. Give it the address in its own settings, under "
                        "Connectors, or leave --http out.");
    }
    return client.format == ClientFormat::toml ? with_toml_entry(client, text, entry)
                                               : with_json_entry(client, text, entry);
}

Result<EntryChange> without_entry(const Client& client, std::string_view text,
                                  const ServerEntry& entry) {
    const std::vector<std::string> place{std::string(client.section), entry.name};
    OrderedJson ignored;
    const bool is_toml = client.format == ClientFormat::toml;
    const auto before = is_toml ? our_toml_entry(text, place, entry.command)
                                : our_json_entry(text, place, entry.command, ignored);
    if (!before) return tl::unexpected(before.error());
    EntryChange change{std::string(text)};
    if (!*before) return change;
    change.before = (*before)->shown();
    auto edited = is_toml ? without_toml_table(text, place) : without_jsonc_value(text, place);
    if (!edited) return tl::unexpected(edited.error());
    change.text = *std::move(edited);
    change.is_changed = true;
    return change;
}

std::string entry_snippet(const Client& client, const ServerEntry& entry) {
    return with_entry(client, "", entry)
        .map([](const EntryChange& change) { return change.text; })
        .value_or("");
}

std::string launch_command(const std::filesystem::path& program, std::string_view path_variable) {
    std::error_code ignored;
    for (const std::string_view folder : split(path_variable, ':')) {
        if (!folder.starts_with('/')) continue;
        for (const char* name : {"bm", "basic-memory"}) {
            auto candidate = std::filesystem::path(folder) / name;
            if (std::filesystem::equivalent(candidate, program, ignored)) return candidate.string();
        }
    }
    return program.string();
}

}  // namespace bm
