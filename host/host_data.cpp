#include "host/host_data.hpp"

#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include "repository/checksum.hpp"
#include "repository/file_lock.hpp"
#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kOwnerOnly = 0700;
constexpr std::size_t kBucketDigits = 8;

Result<void> make_private_folder(const fs::path& folder) {
    std::error_code ignored;
    if (make_folders(folder, kOwnerOnly) == 0 && fs::is_directory(folder, ignored)) return {};
    return fail(Fault::unavailable, "The folder of a space cannot be made. See the host's log.");
}

std::string first_word(const fs::path& file) {
    std::ifstream stream(file);
    std::string word;
    stream >> word;
    return word;
}

}  // namespace

Environment SpaceFolders::environment() const {
    return [folders = *this](std::string_view name) -> std::optional<std::string> {
        if (name == "BASIC_MEMORY_HOME") return (folders.data / "main").string();
        if (name == "BASIC_MEMORY_CONFIG_DIR" || name == "HOME") return folders.state.root.string();
        return std::nullopt;
    };
}

SpaceFolders HostData::space(std::int64_t account) const {
    const std::string number = std::to_string(account);
    return {root / "spaces" / number, {root / "spaces-state" / number}};
}

Result<Tenant> tenant_of(const SpaceFolders& folders) {
    for (const fs::path& folder : {folders.data, folders.state.root}) {
        if (const auto made = make_private_folder(folder); !made)
            return tl::unexpected(made.error());
    }
    const fs::path file = folders.state.root / "tenant";
    const auto one_at_a_time = FileLock::acquire(folders.state.root / "tenant.lock");
    std::string id = first_word(file);
    if (!uuid_bytes(id)) {
        id = new_uuid();
        if (const auto written = write_file_atomically(file, id + '\n', 0600); !written)
            return tl::unexpected(written.error());
    }
    return Tenant{id, "space" + id.substr(0, kBucketDigits)};
}

}  // namespace bm
