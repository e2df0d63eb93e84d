#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/config_file.hpp"
#include "repository/config_keys.hpp"

namespace bm {

/// One entry of `projects`, as written.
struct ProjectEntry {
    std::string name;
    std::string path;                       ///< may be empty for a project that lives in the cloud
    std::optional<std::string> local_copy;  ///< where such a project is kept in step with
    bool cloud = false;
    bool read_only = false;
};

/// The object in config.json. Edits change what they are about and leave everything else as it was:
/// keys that we do not know, their order, and the form of `projects` (texts or objects). One
/// thread.
class ConfigDocument {
public:
    /// Fault::invalid; the message says where and why.
    static Result<ConfigDocument> parse(std::string_view text);
    /// A new file: one project, used when a call names none.
    static ConfigDocument fresh(std::string_view project_path);

    ConfigDocument(ConfigDocument&&) noexcept;
    ConfigDocument& operator=(ConfigDocument&&) noexcept;
    ~ConfigDocument();

    /// The file's text.
    [[nodiscard]] std::string text() const;
    /// The same with secrets masked and without passwords in addresses.
    [[nodiscard]] std::string masked_text() const;

    /// Absent, or Fault::invalid for a list or map. Keys descend at dots.
    [[nodiscard]] Result<std::optional<ConfigScalar>> scalar(std::string_view key) const;
    /// Every key with a plain value.
    [[nodiscard]] std::vector<std::string> scalar_keys() const;
    /// Fault::invalid when `key` is there and is not a map of texts.
    [[nodiscard]] Result<std::map<std::string, std::string>> texts(std::string_view key) const;
    [[nodiscard]] Result<std::vector<ProjectEntry>> projects() const;
    /// Written by one of the newest releases: entries that are objects, or keys that only they
    /// know.
    [[nodiscard]] bool has_newer_shape() const;

    void set(std::string_view key, const ConfigScalar& value);
    void erase(std::string_view key);
    /// Adds the project or changes its path.
    void put_project(std::string_view name, std::string_view path);
    bool erase_project(std::string_view name);
    /// Says so in the project's entry where that is an object; under `read_only_projects` where it
    /// is a text, so that whoever knows texts only can still read the file.
    void set_read_only(std::string_view name, bool read_only);

    /// Says where the project is here, or would be: its mode, and the folder that a project of the
    /// cloud is kept in step with, stay.
    void record_path(std::string_view name, std::string_view path);
    /// Whether a project is used on the cloud. An entry that is a text becomes an object for it.
    void set_cloud(std::string_view name, bool cloud);

    /// Projects of the cloud with a folder here: those of `cloud_projects`, and entries of
    /// `projects` that name one, as the newest releases write them.
    [[nodiscard]] Result<std::vector<CloudProject>> cloud_projects() const;
    /// Adds or changes one, where the file keeps it.
    void put_cloud_project(const CloudProject& entry);
    bool erase_cloud_project(std::string_view name);

private:
    struct Object;
    explicit ConfigDocument(std::unique_ptr<Object> object);
    [[nodiscard]] bool has_object_entries() const;

    std::unique_ptr<Object> object_;
};

/// A plain value from JSON text; Fault::invalid for anything else.
Result<ConfigScalar> parse_scalar(std::string_view json);
std::string json_text(const ConfigScalar& value);

}  // namespace bm
