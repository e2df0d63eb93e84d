#include "cli/client_entry.hpp"

#include <algorithm>
#include <array>
#include <iterator>

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

    /// For people. Arguments, queries and names of users may be secrets: they are left out.
    [[nodiscard]] std::string shown() const;
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

/// What stands before `mcp`, where that is the name of our package for a program that runs
/// packages (`uvx basic-memory mcp`). A path is a folder of somebody's, as often as not.
std::optional<std::string> package_in(const std::vector<std::string>& args) {
    const auto mcp = std::find(args.begin(), args.end(), "mcp");
    if (mcp == args.begin() || mcp == args.end()) return std::nullopt;
    const std::string& word = *std::prev(mcp);
    if (word.find_first_of("/\\") != std::string::npos || !is_our_program(word))
        return std::nullopt;
    return word;
}

std::string FoundEntry::shown() const {
    if (!url.empty()) return address_alone(url);
    const std::size_t slash = command.find_last_of("/\\");
    std::string words = slash == std::string::npos ? command : command.substr(slash + 1);
    if (words.empty()) return "an entry that starts nothing";
    if (const auto package = package_in(args)) return words + ' ' + *package + " mcp";
    return is_our_program(command) ? words + " mcp" : words;
}

/// This program, its relatives, and what runs them; an address that is the one asked for, or
/// stands under our own name.
bool is_ours(const FoundEntry& there, const ServerEntry& entry) {
    if (!there.url.empty()) return there.url == entry.url || entry.name == ServerEntry{}.name;
    return there.command == entry.command || is_our_program(there.command) ||
           package_in(there.args).has_value();
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
    // A client that does not ask for the type may have been given one that is wrong by now.
    members.emplace_back("type", client.names_type ? OrderedJson(entry.url ? "http" : "stdio")
                                                   : OrderedJson(nullptr));
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
                                                 const ServerEntry& wanted, OrderedJson& object) {
    const auto there = jsonc_value(text, place);
    if (!there) return tl::unexpected(there.error());
    if (!*there) return std::nullopt;
    object = OrderedJson::parse(**there, nullptr, false);
    if (object.is_null() || (object.is_object() && object.empty())) return FoundEntry{};
    const auto entry = found_in(object);
    if (!entry) return foreign(place.back(), "no object");
    if (!is_ours(*entry, wanted)) return foreign(place.back(), entry->shown());
    return entry;
}

/// How many elements of a list go, from its start, for it to become another; none where more than
/// that is to be done.
std::optional<std::size_t> leading_elements(const OrderedJson& list, const OrderedJson& wanted) {
    if (!list.is_array() || !wanted.is_array() || list.size() <= wanted.size()) return std::nullopt;
    const std::size_t count = list.size() - wanted.size();
    const bool ends_alike =
        std::equal(wanted.begin(), wanted.end(), list.begin() + static_cast<std::ptrdiff_t>(count));
    return ends_alike ? std::optional(count) : std::nullopt;
}

/// One member of the entry `object` at `place`; null takes it out. Comments within it stay where
/// it only becomes shorter.
Result<std::string> with_json_member(const std::string& text, const JsonPath& place,
                                     const OrderedJson& object, const std::string& name,
                                     const OrderedJson& value) {
    const auto there = object.find(name);
    if (there == object.end() ? value.is_null() : !value.is_null() && *there == value) return text;
    JsonPath member = place;
    member.push_back(name);
    if (value.is_null()) return without_jsonc_value(text, member);
    const auto leading = there == object.end() ? std::nullopt : leading_elements(*there, value);
    if (!leading) return with_jsonc_value(text, member, value.dump());
    member.emplace_back("0");
    Result<std::string> edited = text;
    for (std::size_t gone = 0; edited && gone < *leading; ++gone) {
        edited = without_jsonc_value(*edited, member);
    }
    return edited;
}

Result<EntryChange> with_json_entry(const Client& client, std::string_view text,
                                    const ServerEntry& entry) {
    const JsonPath place{std::string(client.section), entry.name};
    OrderedJson object;
    const auto before = our_json_entry(text, place, entry, object);
    if (!before) return tl::unexpected(before.error());
    EntryChange change{std::string(text)};
    const auto args = kept_arguments(before->value_or(FoundEntry{}));
    const auto members = wanted_members(client, entry, args);
    Result<std::string> edited = change.text;
    if (!*before || !object.is_object()) {
        OrderedJson whole = OrderedJson::object();
        for (const auto& [name, value] : members) {
            if (!value.is_null()) whole[name] = value;
        }
        edited = with_jsonc_value(text, place, whole.dump());
    } else {
        change.before = (*before)->shown();
        for (const auto& [name, value] : members) {
            if (edited) edited = with_json_member(*edited, place, object, name, value);
        }
    }
    if (!edited) return tl::unexpected(edited.error());
    change.text = *std::move(edited);
    change.is_changed = change.text != text;
    return change;
}

Result<std::optional<FoundEntry>> our_toml_entry(std::string_view text, const TomlPath& place,
                                                 const ServerEntry& wanted) {
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
    if ((*table)->empty()) return entry;
    if (!is_ours(entry, wanted)) return foreign(place.back(), entry.shown());
    return entry;
}

/// What belongs to an entry that starts a program, and to one that calls an address: the client
/// refuses an entry that is both.
constexpr std::array<const char*, 5> kOfPrograms{"command", "args", "env", "env_vars", "cwd"};
constexpr std::array<const char*, 5> kOfAddresses{"url", "bearer_token", "bearer_token_env_var",
                                                  "http_headers", "env_http_headers"};

/// The text without what would contradict the entry, in the table itself or in one below it.
Result<std::string> without_contradictions(const std::string& text, const TomlPath& place,
                                           bool calls_address) {
    Result<std::string> edited = text;
    for (const char* name : calls_address ? kOfPrograms : kOfAddresses) {
        if (edited) edited = with_toml_values(*edited, place, {{name, std::nullopt}});
        TomlPath below = place;
        below.emplace_back(name);
        if (edited) edited = without_toml_table(*edited, below);
    }
    return edited;
}

Result<EntryChange> with_toml_entry(const Client& client, std::string_view text,
                                    const ServerEntry& entry) {
    const TomlPath place{std::string(client.section), entry.name};
    const auto before = our_toml_entry(text, place, entry);
    if (!before) return tl::unexpected(before.error());
    const FoundEntry there = before->value_or(FoundEntry{});
    const auto args = kept_arguments(there);
    // What agrees stays as it is written, comments and all.
    std::vector<TomlValue> values;
    if (entry.url && there.url != *entry.url) values.push_back({"url", toml_text(*entry.url)});
    if (!entry.url && there.command != entry.command) {
        values.push_back({"command", toml_text(entry.command)});
    }
    if (!entry.url && there.args != args) values.push_back({"args", toml_list(args)});
    EntryChange change{std::string(text)};
    if (*before) change.before = there.shown();
    Result<std::string> edited = change.text;
    if (!values.empty()) edited = with_toml_values(text, place, values);
    if (edited && *before) edited = without_contradictions(*edited, place, entry.url.has_value());
    if (!edited) return tl::unexpected(edited.error());
    change.text = *std::move(edited);
    change.is_changed = change.text != text;
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
    const auto before =
        is_toml ? our_toml_entry(text, place, entry) : our_json_entry(text, place, entry, ignored);
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
