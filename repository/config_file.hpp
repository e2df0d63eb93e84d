#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/names.hpp"
#include "markdown/result.hpp"

namespace bm {

/// Looks up an environment variable; a function so that tests bring their own.
using Environment = std::function<std::optional<std::string>(std::string_view)>;
Environment process_environment();

/// The data directory and what lies in it.
struct DataDirectory {
    std::filesystem::path root;
    [[nodiscard]] std::filesystem::path config() const { return root / "config.json"; }
    [[nodiscard]] std::filesystem::path config_lock() const { return root / "config.json.lock"; }
    [[nodiscard]] std::filesystem::path index() const { return root / "index.db"; }
    [[nodiscard]] std::filesystem::path access() const { return root / "access.db"; }
    [[nodiscard]] std::filesystem::path ignore_file() const { return root / ".bmignore"; }
    [[nodiscard]] std::filesystem::path log() const { return root / "basic-memory.log"; }
    [[nodiscard]] std::filesystem::path locks() const { return root / "locks"; }
    /// Where processes tell each other what they have committed, see Mailbox.
    [[nodiscard]] std::filesystem::path mailboxes() const { return root / "locks" / "mailboxes"; }
    [[nodiscard]] std::filesystem::path history() const { return root / "history"; }
    [[nodiscard]] std::filesystem::path watch_status() const { return root / "watch-status.json"; }
};
DataDirectory data_directory(const Environment& environment);
/// `$BASIC_MEMORY_HOME`, else `~/basic-memory`.
std::filesystem::path default_project_directory(const Environment& environment);
/// `~` and `~/x` expanded, made absolute.
std::filesystem::path expanded_path(std::string_view path, const Environment& environment);

struct ConfiguredProject {
    std::string name;
    /// Absolute, `~` expanded. Empty when the project has no local path: it lives in the cloud
    /// alone, or the file has a relative or empty path.
    std::filesystem::path path;
    bool cloud = false;  ///< the entry says mode "cloud"
};

/// The effective settings: file overlaid by the environment. Only what the program acts on is
/// spelled out; every other key of the file survives a save untouched.
struct Config {
    std::vector<ConfiguredProject> projects;  ///< in file order, never empty
    std::string default_project;
    /// Whether calls without a project use the default one. Where the file does not say: true for a
    /// file of ours and for those of the newest releases.
    bool default_project_mode = false;
    std::string log_level = "INFO";
    bool sync_changes = true;
    int sync_delay_ms = 1000;
    int sync_max_concurrent_files = 10;
    bool update_permalinks_on_move = false;
    bool kebab_filenames = false;
    bool disable_permalinks = false;
    bool permalinks_include_project = false;
    /// Off unless asked for: a note that the user did not ask us to change is not rewritten.
    bool ensure_frontmatter_on_sync = false;
    bool write_note_overwrite_default = true;
    bool skip_initialization_sync = false;
    bool semantic_search_enabled = false;
    std::optional<std::string> project_root;
    bool cloud_mode = false;
    std::string cli_output_style = "rich";
    bool format_on_save = false;
    std::optional<std::string> formatter_command;
    std::map<std::string, std::string> formatters;
    double formatter_timeout = 5.0;
    /// Earlier versions of notes are kept, so long and so much of them.
    bool history_enabled = true;
    int history_max_age_days = 90;
    int history_max_size_mb = 500;
    /// Scans look at what is newer than the last one (`scan_strategy`: see sync/watermark.hpp).
    bool scans_by_watermark = false;
    /// Every other setting with a plain value, as JSON text: those we know with their defaults (see
    /// repository/config_keys.hpp; nulls are left out), and those of the file that we do not know.
    std::map<std::string, std::string> extra;
};

/// A project of the cloud that is kept in step with a folder of its own here.
struct CloudProject {
    std::string name;
    std::string local_path;  ///< as written; `~` stays
    std::optional<std::string> last_sync = {};
    bool bisync_initialized = false;

    friend bool operator==(const CloudProject&, const CloudProject&) = default;
};

/// How the whole space is kept in step, as written.
struct BisyncConfig {
    std::string profile = "balanced";
    std::string sync_dir = "~/basic-memory-cloud-sync";
    int auto_sync_interval = 60;  ///< seconds
    bool watch_local = false;
};

/// Settings and the state of the file that they were read from.
struct LoadedConfig {
    Config config;
    std::string version;  ///< as ConfigFile::version() had it at that moment
};

class ConfigDocument;

/// config.json: shared with other implementations, so unknown keys, their order and the form of
/// `projects` survive. Thread-safe; several processes may save.
class ConfigFile {
public:
    /// The version of a file that is not there.
    static constexpr const char* kNoFile = "none";

    ConfigFile(DataDirectory directory, Environment environment);
    ~ConfigFile();

    /// Reads without touching the disk otherwise; a missing file gives the defaults. Fault::invalid
    /// names the file, line and column, or the key.
    [[nodiscard]] Result<Config> load() const;
    /// The same, but none when there is no file.
    [[nodiscard]] Result<std::optional<LoadedConfig>> load_existing() const;
    /// Makes the file (with `default_project_mode` true) and the default project's folder when
    /// there is none.
    Result<Config> load_or_create();

    Result<void> add_project(const ProjectName& name, const std::filesystem::path& path,
                             bool make_default);
    Result<void> remove_project(std::string_view name);
    Result<void> set_project_path(std::string_view name, const std::filesystem::path& path);
    Result<void> set_default_project(std::string_view name);
    /// Adds a project of the cloud that has a folder here, or changes what is known of it.
    Result<void> put_cloud_project(const CloudProject& project);
    /// Fault::not_found when there is none.
    Result<void> remove_cloud_project(std::string_view name);
    /// Those that there are, in the file's order.
    [[nodiscard]] Result<std::vector<CloudProject>> cloud_projects() const;
    /// `bisync_config`; what it does not say is the default.
    [[nodiscard]] Result<BisyncConfig> bisync_config() const;
    /// A scalar setting as JSON text; nullopt removes the key. Fault::invalid for a wrong type.
    Result<void> set(std::string_view key, const std::optional<std::string>& json);

    /// The file's object as pretty JSON with secrets masked, for diagnostics.
    [[nodiscard]] std::string masked_text() const;
    /// Changes when the file changed (mtime, size, inode); "none" when there is no file. Cheap.
    [[nodiscard]] std::string version() const;
    [[nodiscard]] const DataDirectory& directory() const noexcept { return directory_; }

private:
    /// Reads, edits and writes while everybody else waits.
    Result<void> change(const std::function<Result<void>(ConfigDocument&)>& edit);

    DataDirectory directory_;
    Environment environment_;
    struct Edits;
    std::unique_ptr<Edits> edits_;
};

}  // namespace bm
