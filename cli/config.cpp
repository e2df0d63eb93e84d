#include <nlohmann/json.hpp>

#include "cli/upkeep_commands.hpp"
#include "markdown/text.hpp"
#include "repository/config_document.hpp"
#include "repository/settable_keys.hpp"
#include "repository/setting_state.hpp"
#include "sync/configured_projects.hpp"
#include "tools/json.hpp"

namespace bm {

namespace {

Json setting_json(const SettingState& state) {
    Json object = {{"key", state.key},
                   {"value", Json::parse(json_text(state.effective()))},
                   {"source", state.source()}};
    return object;
}

void print_setting_json(Application& application, const Json& value) {
    application.terminal().line(value.dump(2, ' ', true, Json::error_handler_t::replace));
}

int refuse_setting(Application& application, const Error& error, const std::string& key) {
    application.terminal().error("Error: " + error.message);
    if (!is_settable(key)) {
        application.terminal().error("Settings that there are: bm config list");
    }
    return kExitFailure;
}

Result<SettingState> state_of(Application& application, const std::string& key) {
    return setting_state(application.directory(), application.environment(), key);
}

/// `projects.NAME.read_only`, which is a setting of a project and in no list.
bool locks_project(std::string_view key) {
    return key.starts_with("projects.") && key.ends_with(".read_only");
}

/// What becomes of it; null unlocks the project.
int change_lock(Application& application, const std::string& key,
                const std::optional<std::string>& words, bool json) {
    ConfigFile file(application.directory(), application.environment());
    if (const auto set = file.set(key, words); !set) {
        application.terminal().error("Error: " + set.error().message);
        return kExitFailure;
    }
    const bool is_locked = words == "true";
    if (json) {
        print_setting_json(application, {{"key", key}, {"value", is_locked}, {"source", "file"}});
    } else {
        application.terminal().line(key + " = " + (is_locked ? "true" : "false"));
    }
    return 0;
}

/// Changes the file; null removes the key.
Result<void> store_setting(Application& application, const std::string& key,
                           const std::optional<std::string>& words) {
    // The file takes more: what commands of projects write there is no setting.
    const ConfigKey* known = find_settable(key);
    if (known == nullptr) return unknown_setting(key);
    ConfigFile file(application.directory(), application.environment());
    if (!words) return file.set(key, std::nullopt);
    const bool is_null = known->may_be_null() && *words == "null";
    if (key == "default_project" && !is_null) {
        // Names match as everywhere: by their permalink.
        const auto project = application.knowledge().find_project(*words);
        const auto set = file.set_default_project(project ? project->name.str() : *words);
        if (set || set.error().fault != Fault::not_found) return set;
        return fail(Fault::invalid, "invalid value for '" + key + "': " + set.error().message);
    }
    return file.set(key, is_null ? "null" : json_text(*words));
}

/// What a value that was refused is told with: the reason on a line of its own.
void print_refused_value(Application& application, const std::string& message) {
    const std::size_t colon = message.find("': ");
    if (!message.starts_with("invalid value for '") || colon == std::string::npos) {
        application.terminal().error("Error: " + message);
        return;
    }
    application.terminal().error("Error: " + message.substr(0, colon + 2));
    application.terminal().error("  " + message.substr(colon + 3));
}

/// Where something else is in effect than what the setting says.
void tell_effect(Application& application, const Config* config, const SettingState& state) {
    if (config == nullptr) return;
    const auto note = [&](const std::string& text) {
        application.terminal().error("Note: " + text);
    };
    const ConfigScalar& value = state.effective();
    if (state.key == "default_project") {
        const auto* name = std::get_if<std::string>(&value);
        if (name != nullptr && !find_configured(*config, *name))
            note("there is no project '" + *name + "': '" + config->default_project + "' is used.");
    }
    if (state.key == "cloud_mode" && config->cloud_mode && value != ConfigScalar(true))
        note("cloud mode is on all the same: an old setting or variable switches it on (api_url).");
    if (state.key == "cloud_host") {
        const auto used = config->extra.find("cloud_host");
        if (used != config->extra.end() && used->second != json_text(value))
            note("in effect is " + used->second + ", by an old setting or variable (api_url).");
    }
}

void tell_overridden(Application& application, const SettingState& state) {
    if (!state.variable) return;
    application.terminal().error("Note: $" + *state.variable + " = " +
                                 setting_text(state.overriding) + " overrides it.");
}

}  // namespace

int run_config_list(Application& application, bool json) {
    const auto states = setting_states(application.directory(), application.environment());
    if (!states) return fail_command(application, states.error().message);
    if (json) {
        Json list = Json::array();
        for (const auto& state : *states) list.push_back(setting_json(state));
        print_setting_json(application, list);
        return 0;
    }
    Terminal::Table table{"Basic Memory Configuration", {"Setting", "Value", "Source"}, {}};
    for (const auto& state : *states) {
        table.rows.push_back({state.key, setting_text(state.effective()), state.source()});
    }
    application.terminal().table(table);
    const auto config = ConfigFile(application.directory(), application.environment()).load();
    for (const auto& state : *states) tell_effect(application, config ? &*config : nullptr, state);
    return 0;
}

int run_config_get(Application& application, const ConfigCommand& command) {
    if (locks_project(command.key)) {
        const auto config = application.knowledge().config();
        const bool is_locked = config->extra.contains(command.key);
        if (command.json) {
            print_setting_json(application, {{"key", command.key},
                                             {"value", is_locked},
                                             {"source", is_locked ? "file" : "default"}});
        } else {
            application.terminal().line(command.key + " = " + (is_locked ? "true" : "false"));
        }
        return 0;
    }
    const auto state = state_of(application, command.key);
    if (!state) return refuse_setting(application, state.error(), command.key);
    if (command.json) {
        print_setting_json(application, setting_json(*state));
        return 0;
    }
    application.terminal().line(state->key + " = " + setting_text(state->stored));
    if (state->variable) {
        application.terminal().line("Overridden by $" + *state->variable + " = " +
                                    setting_text(state->overriding));
    }
    const auto config = ConfigFile(application.directory(), application.environment()).load();
    tell_effect(application, config ? &*config : nullptr, *state);
    return 0;
}

int run_config_set(Application& application, const ConfigCommand& command) {
    if (locks_project(command.key)) {
        return change_lock(application, command.key, command.value, command.json);
    }
    if (const auto stored = store_setting(application, command.key, command.value); !stored) {
        if (!is_settable(command.key)) {
            return refuse_setting(application, stored.error(), command.key);
        }
        print_refused_value(application, stored.error().message);
        return kExitFailure;
    }
    const auto state = state_of(application, command.key);
    if (!state) return refuse_setting(application, state.error(), command.key);
    if (command.json) {
        print_setting_json(application, setting_json(*state));
    } else {
        application.terminal().line(state->key + " = " + setting_text(state->stored));
    }
    tell_overridden(application, *state);
    if (const auto* known = find_settable(state->key); known != nullptr && known->only_kept) {
        application.terminal().error("Note: " + state->key +
                                     " is kept for other programs; this one does nothing with it.");
    }
    return 0;
}

int run_config_unset(Application& application, const ConfigCommand& command) {
    if (locks_project(command.key)) {
        return change_lock(application, command.key, std::nullopt, command.json);
    }
    if (const auto stored = store_setting(application, command.key, std::nullopt); !stored) {
        return refuse_setting(application, stored.error(), command.key);
    }
    const auto state = state_of(application, command.key);
    if (!state) return refuse_setting(application, state.error(), command.key);
    if (command.json) {
        print_setting_json(application, setting_json(*state));
    } else {
        application.terminal().line(state->key +
                                    " reverted to default: " + setting_text(state->stored));
    }
    tell_overridden(application, *state);
    return 0;
}

}  // namespace bm
