#include "repository/config_values.hpp"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "markdown/names.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "repository/settable_keys.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

Error environment_problem(const std::string& variable, const Error& error) {
    return {Fault::invalid, "environment variable " + variable + ' ' + error.message};
}

/// The settings of one document under one environment.
class Settings {
public:
    Settings(const ConfigDocument& document, const Environment& environment, const fs::path& file)
        : document_(document), environment_(environment), file_(file) {}

    /// Environment, file, default; of a renamed setting the newer name wins in each. After the
    /// first failure everything is its default.
    ConfigScalar value(std::string_view name) {
        const std::string_view other = other_name_of(name);
        const ConfigKey& key = *find_config_key(name);
        if (!other.empty()) {
            if (auto found = from_environment(key, other)) return *found;
        }
        if (auto found = from_environment(key, name)) return *found;
        if (!other.empty()) {
            if (auto found = from_file(key, other)) return *found;
        }
        if (auto found = from_file(key, name)) return *found;
        return default_setting(key);
    }

    bool truth(std::string_view name) { return std::get<bool>(value(name)); }
    int whole(std::string_view name) {
        return static_cast<int>(std::get<std::int64_t>(value(name)));
    }
    double number(std::string_view name) { return std::get<double>(value(name)); }
    std::string text(std::string_view name) { return std::get<std::string>(value(name)); }
    std::optional<std::string> optional_text(std::string_view name) {
        auto found = value(name);
        auto* words = std::get_if<std::string>(&found);
        if (words == nullptr || words->empty()) return std::nullopt;
        return std::move(*words);
    }
    /// Whether anybody has said something about it.
    bool is_given(std::string_view name) {
        const ConfigKey& key = *find_config_key(name);
        return from_environment(key, name) || from_file(key, name);
    }

    [[nodiscard]] const std::optional<Error>& problem() const noexcept { return problem_; }
    void note(const Error& error) {
        if (!problem_) problem_ = error;
    }

private:
    std::optional<ConfigScalar> from_environment(const ConfigKey& key, std::string_view name) {
        const std::string variable = environment_name(name);
        const auto words = environment_(variable);
        if (!words) return std::nullopt;
        if (key.may_be_null() && *words == "null") return std::monostate{};
        auto accepted = checked_setting(key, *words);
        if (accepted) return *std::move(accepted);
        note(environment_problem(variable, accepted.error()));
        return std::nullopt;
    }

    std::optional<ConfigScalar> from_file(const ConfigKey& key, std::string_view name) {
        const auto found = document_.scalar(name);
        if (!found) {
            note(file_problem(file_, found.error()));
            return std::nullopt;
        }
        if (!*found) return std::nullopt;
        // A null says nothing, unless null is a value.
        if (std::holds_alternative<std::monostate>(**found) && !key.may_be_null()) {
            return std::nullopt;
        }
        auto accepted = checked_setting(key, **found);
        if (accepted) return *std::move(accepted);
        note(file_problem(file_, {Fault::invalid,
                                  "key '" + std::string(name) + "' " + accepted.error().message}));
        return std::nullopt;
    }

    const ConfigDocument& document_;
    const Environment& environment_;
    const fs::path& file_;
    std::optional<Error> problem_;
};

/// What `read` finds under `key`: in the environment's JSON if there is any, else in the file.
template <class Found>
Result<Found> map_setting(const ConfigDocument& document, const Environment& environment,
                          const fs::path& file, const std::string& key,
                          Result<Found> (*read)(const ConfigDocument&)) {
    const std::string variable = environment_name(key);
    const auto json = environment(variable);
    if (!json) {
        return read(document).map_error(
            [&file](const Error& error) { return file_problem(file, error); });
    }
    return ConfigDocument::parse("{\"" + key + "\": " + *json + '}')
        .map_error([](const Error& /*place*/) {
            return Error{Fault::invalid, "must be JSON"};
        })
        .and_then(read)
        .map_error([&](const Error& error) { return environment_problem(variable, error); });
}

/// Whether a path means the same wherever the program is started.
bool is_anchored(std::string_view path) {
    return path == "~" || path.starts_with("~/") || fs::path(path).is_absolute();
}

ConfiguredProject configured(const ProjectEntry& entry, const Config& config,
                             const Environment& environment) {
    ConfiguredProject project{entry.name, {}, entry.cloud};
    // The path of an entry for the cloud is where it was before; the folder here is another key.
    const std::string written = entry.cloud ? entry.local_copy.value_or("") : entry.path;
    if (config.project_root) {
        project.path =
            expanded_path(*config.project_root, environment) / permalink_for_path(entry.name);
    } else if (is_anchored(written)) {
        project.path = expanded_path(written, environment);
    }
    return project;
}

Result<void> take_projects(Config& config, const ConfigDocument& document,
                           const Environment& environment, const fs::path& file) {
    auto entries = map_setting<std::vector<ProjectEntry>>(
        document, environment, file, "projects",
        [](const ConfigDocument& from) { return from.projects(); });
    if (!entries) return tl::unexpected(entries.error());
    if (entries->empty()) {
        entries->push_back(
            {"main", default_project_directory(environment).string(), std::nullopt, false, false});
    }
    for (const auto& entry : *entries) {
        if (const auto name = ProjectName::parse(entry.name); !name) {
            return tl::unexpected(
                file_problem(file, {Fault::invalid, "key 'projects': " + name.error().message}));
        }
        config.projects.push_back(configured(entry, config, environment));
        if (entry.read_only) config.extra["projects." + entry.name + ".read_only"] = "true";
    }
    return {};
}

/// The configured name that is meant, else the first project.
std::string default_project_of(const Config& config, const std::optional<std::string>& wanted) {
    if (!wanted) return config.projects.front().name;
    for (const auto& project : config.projects) {
        if (project.name == *wanted) return project.name;
    }
    const std::string wanted_slug = slug(*wanted);
    for (const auto& project : config.projects) {
        if (!wanted_slug.empty() && slug(project.name) == wanted_slug) return project.name;
    }
    return config.projects.front().name;
}

/// An address of the oldest cloud releases switches the cloud on; so does a proxy.
void take_cloud(Config& config, Settings& settings, const Environment& environment) {
    config.cloud_mode = settings.truth("cloud_mode");
    const auto old_address = settings.optional_text("api_url");
    if (old_address && !settings.is_given("cloud_mode")) {
        config.cloud_mode = true;
        if (!settings.is_given("cloud_host")) config.extra["cloud_host"] = json_text(*old_address);
    }
    if (const auto proxy = environment("BASIC_MEMORY_PROXY_URL"); proxy && !proxy->empty()) {
        config.cloud_mode = true;
        config.extra["proxy_url"] = json_text(*proxy);
    }
}

constexpr std::array kFields{
    std::string_view("cli_output_style"),
    std::string_view("cloud_mode"),
    std::string_view("default_project"),
    std::string_view("default_project_mode"),
    std::string_view("disable_permalinks"),
    std::string_view("ensure_frontmatter_on_sync"),
    std::string_view("format_on_save"),
    std::string_view("formatter_command"),
    std::string_view("formatter_timeout"),
    std::string_view("history_enabled"),
    std::string_view("history_max_age_days"),
    std::string_view("history_max_size_mb"),
    std::string_view("index_changes"),
    std::string_view("index_delay"),
    std::string_view("kebab_filenames"),
    std::string_view("log_level"),
    std::string_view("permalinks_include_project"),
    std::string_view("project_root"),
    std::string_view("scan_strategy"),
    std::string_view("semantic_search_enabled"),
    std::string_view("skip_initialization_sync"),
    std::string_view("sync_changes"),
    std::string_view("sync_delay"),
    std::string_view("sync_max_concurrent_files"),
    std::string_view("update_permalinks_on_move"),
    std::string_view("write_note_overwrite_default"),
};

void take_fields(Config& config, Settings& settings, const ConfigDocument& document) {
    // Files of the newest releases do not say it, because there the default project is always used.
    config.default_project_mode = settings.is_given("default_project_mode")
                                      ? settings.truth("default_project_mode")
                                      : document.has_newer_shape();
    config.log_level = settings.text("log_level");
    config.sync_changes = settings.truth("sync_changes");
    config.sync_delay_ms = settings.whole("sync_delay");
    config.sync_max_concurrent_files = settings.whole("sync_max_concurrent_files");
    config.update_permalinks_on_move = settings.truth("update_permalinks_on_move");
    config.kebab_filenames = settings.truth("kebab_filenames");
    config.disable_permalinks = settings.truth("disable_permalinks");
    config.permalinks_include_project = settings.truth("permalinks_include_project");
    config.ensure_frontmatter_on_sync = settings.truth("ensure_frontmatter_on_sync");
    config.write_note_overwrite_default = settings.truth("write_note_overwrite_default");
    config.skip_initialization_sync = settings.truth("skip_initialization_sync");
    config.semantic_search_enabled = settings.truth("semantic_search_enabled");
    config.project_root = settings.optional_text("project_root");
    config.cli_output_style = settings.text("cli_output_style");
    config.format_on_save = settings.truth("format_on_save");
    config.formatter_command = settings.optional_text("formatter_command");
    config.formatter_timeout = settings.number("formatter_timeout");
    config.history_enabled = settings.truth("history_enabled");
    config.history_max_age_days = settings.whole("history_max_age_days");
    config.history_max_size_mb = settings.whole("history_max_size_mb");
    config.scans_by_watermark = settings.text("scan_strategy") == "watermark";
}

void take_extra(Config& config, Settings& settings, const ConfigDocument& document) {
    for (const auto& key : config_keys()) {
        if (std::binary_search(kFields.begin(), kFields.end(), key.name)) continue;
        const auto value = settings.value(key.name);
        if (!std::holds_alternative<std::monostate>(value)) {
            config.extra[std::string(key.name)] = json_text(value);
        }
    }
    for (const auto& name : document.scalar_keys()) {
        if (find_config_key(name) == nullptr) {
            config.extra[name] = json_text(**document.scalar(name));
        }
    }
}

Result<void> take_formatters(Config& config, const ConfigDocument& document,
                             const Environment& environment, const fs::path& file) {
    using Texts = std::map<std::string, std::string>;
    return map_setting<Texts>(document, environment, file, "formatters",
                              [](const ConfigDocument& from) { return from.texts("formatters"); })
        .map([&config](Texts formatters) { config.formatters = std::move(formatters); });
}

}  // namespace

Error file_problem(const fs::path& file, const Error& error) {
    return {Fault::invalid, "config file is not valid: " + file.string() + ": " + error.message +
                                ". Fix or delete the file and re-run."};
}

Result<Config> effective_config(const ConfigDocument& document, const Environment& environment,
                                const fs::path& file) {
    Config config;
    Settings settings(document, environment, file);
    take_fields(config, settings, document);
    take_extra(config, settings, document);
    take_cloud(config, settings, environment);
    const auto default_project = settings.optional_text("default_project");
    if (settings.problem()) return tl::unexpected(*settings.problem());
    if (auto taken = take_formatters(config, document, environment, file); !taken) {
        return tl::unexpected(taken.error());
    }
    if (auto taken = take_projects(config, document, environment, file); !taken) {
        return tl::unexpected(taken.error());
    }
    config.default_project = default_project_of(config, default_project);
    return config;
}

bool has_project(const std::vector<ProjectEntry>& projects, std::string_view name) {
    return std::any_of(projects.begin(), projects.end(),
                       [name](const ProjectEntry& project) { return project.name == name; });
}

tl::unexpected<Error> unknown_project(std::string_view name) {
    return fail(Fault::not_found,
                "Project '" + std::string(name) + "' is not in the configuration");
}

Result<BisyncConfig> bisync_config_of(const ConfigDocument& document) {
    BisyncConfig config;
    std::optional<Error> problem;
    const auto take = [&](const std::string& name, auto& field, const ConfigKey& key) {
        const auto found = document.scalar("bisync_config." + name);
        if (!found && !problem) problem = found.error();
        if (!found || !*found || std::holds_alternative<std::monostate>(**found)) return;
        const auto value = checked_setting(key, **found);
        using Field = std::decay_t<decltype(field)>;
        using Stored = std::conditional_t<std::is_same_v<Field, int>, std::int64_t, Field>;
        if (value) {
            field = static_cast<Field>(std::get<Stored>(*value));
        } else if (!problem) {
            problem =
                Error{Fault::invalid, "key 'bisync_config." + name + "' " + value.error().message};
        }
    };
    // The newer name comes last: it wins.
    take("default_profile", config.profile, *find_settable("bisync_config.profile"));
    take("profile", config.profile, *find_settable("bisync_config.profile"));
    take("sync_dir", config.sync_dir, *find_settable("bisync_config.sync_dir"));
    take("auto_sync_interval", config.auto_sync_interval,
         *find_settable("bisync_config.auto_sync_interval"));
    take("watch_local", config.watch_local, *find_settable("bisync_config.watch_local"));
    if (problem) return tl::unexpected(*problem);
    return config;
}

}  // namespace bm
