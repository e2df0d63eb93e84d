#include "repository/setting_state.hpp"

#include "repository/config_document.hpp"
#include "repository/config_reading.hpp"
#include "repository/config_values.hpp"
#include "repository/secret_text.hpp"
#include "repository/settable_keys.hpp"

namespace bm {

namespace {

ConfigScalar without_secrets(std::string_view key, ConfigScalar value) {
    auto* words = std::get_if<std::string>(&value);
    if (words == nullptr || words->empty()) return value;
    if (is_secret_key(key)) return std::string(kSecretMask);
    return without_secret_words(without_credentials(*words));
}

/// The names under which a setting may be found, the one that wins first.
std::vector<std::string> names_of(std::string_view key) {
    if (key == "bisync_config.profile") {
        return {std::string(key), "bisync_config.default_profile"};
    }
    const std::string other(other_name_of(key));
    if (other.empty()) return {std::string(key)};
    const bool is_newer = find_config_key(key)->newer;
    return is_newer ? std::vector<std::string>{std::string(key), other}
                    : std::vector<std::string>{other, std::string(key)};
}

/// The settings of one document under one environment, one by one.
class Reader {
public:
    Reader(const std::optional<ConfigDocument>& document, const Environment& environment,
           const std::filesystem::path& file)
        : document_(document), environment_(environment), file_(file) {}

    [[nodiscard]] Result<SettingState> read(std::string_view name) const {
        const ConfigKey* key = find_settable(name);
        if (key == nullptr) return unknown_setting(name);
        SettingState state{std::string(name), default_setting(*key)};
        // See default_project_mode in Config.
        if (name == "default_project_mode") state.stored = is_newer_or_missing();
        if (auto taken = take_stored(state, *key); !taken) return tl::unexpected(taken.error());
        if (auto taken = take_variable(state, *key); !taken) return tl::unexpected(taken.error());
        state.stored = without_secrets(name, state.stored);
        state.overriding = without_secrets(name, state.overriding);
        return state;
    }

private:
    [[nodiscard]] bool is_newer_or_missing() const {
        return !document_ || document_->has_newer_shape();
    }

    [[nodiscard]] Result<void> take_stored(SettingState& state, const ConfigKey& key) const {
        if (!document_) return {};
        for (const auto& name : names_of(state.key)) {
            const auto found = document_->scalar(name);
            if (!found) return tl::unexpected(file_problem(file_, found.error()));
            if (!*found) continue;
            const bool is_null = std::holds_alternative<std::monostate>(**found);
            if (is_null && key.type != ConfigType::optional_text) continue;
            auto accepted = checked_setting(key, **found);
            if (!accepted) {
                return tl::unexpected(file_problem(
                    file_, {Fault::invalid, "key '" + name + "' " + accepted.error().message}));
            }
            state.stored = *std::move(accepted);
            state.is_in_file = true;
            return {};
        }
        return {};
    }

    [[nodiscard]] Result<void> take_variable(SettingState& state, const ConfigKey& key) const {
        // Settings in a map have no variable of their own.
        if (state.key.find('.') != std::string::npos) return {};
        for (const auto& name : names_of(state.key)) {
            const std::string variable = environment_name(name);
            const auto words = environment_(variable);
            if (!words) continue;
            state.variable = variable;
            if (key.type == ConfigType::optional_text && *words == "null") return {};
            auto accepted = checked_setting(key, *words);
            if (!accepted) {
                return fail(Fault::invalid,
                            "environment variable " + variable + ' ' + accepted.error().message);
            }
            state.overriding = *std::move(accepted);
            return {};
        }
        return {};
    }

    const std::optional<ConfigDocument>& document_;
    const Environment& environment_;
    const std::filesystem::path& file_;
};

}  // namespace

std::string SettingState::source() const {
    if (variable) return "env (" + *variable + ')';
    return is_in_file ? "file" : "default";
}

Result<std::vector<SettingState>> setting_states(const DataDirectory& directory,
                                                 const Environment& environment) {
    const auto file = directory.config();
    const auto document = read_config_document(file);
    if (!document) return tl::unexpected(document.error());
    std::vector<SettingState> states;
    for (const auto& key : settable_keys()) {
        auto state = Reader(*document, environment, file).read(key);
        if (!state) return tl::unexpected(state.error());
        states.push_back(*std::move(state));
    }
    return states;
}

Result<SettingState> setting_state(const DataDirectory& directory, const Environment& environment,
                                   std::string_view key) {
    if (!is_settable(key)) return unknown_setting(key);
    const auto file = directory.config();
    const auto document = read_config_document(file);
    if (!document) return tl::unexpected(document.error());
    return Reader(*document, environment, file).read(key);
}

std::string setting_text(const ConfigScalar& value) {
    if (std::holds_alternative<std::monostate>(value)) return "(not set)";
    if (const auto* words = std::get_if<std::string>(&value)) return *words;
    return json_text(value);
}

}  // namespace bm
