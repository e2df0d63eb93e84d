#include "cloud/rclone_program.hpp"

#include <charconv>
#include <chrono>
#include <fstream>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "cloud/program_run.hpp"
#include "markdown/text.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSetUp = "Run: bm cloud setup";

bool is_program(const fs::path& file) {
    std::error_code ignored;
    return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

/// What tells one program at a path from another.
std::string stamp_of(const fs::path& file) {
    struct stat seen {};
    if (::stat(file.c_str(), &seen) != 0) return {};
    return std::to_string(seen.st_size) + '/' + std::to_string(seen.st_mtim.tv_sec) + '.' +
           std::to_string(seen.st_mtim.tv_nsec);
}

std::optional<RcloneVersion> remembered(const fs::path& cache, const fs::path& file,
                                        const std::string& stamp) {
    std::ifstream in(cache);
    const auto known = nlohmann::json::parse(in, nullptr, false);
    if (!known.is_object() || known.value("path", "") != file.string() ||
        known.value("stamp", "") != stamp) {
        return std::nullopt;
    }
    return parse_rclone_version("rclone v" + known.value("version", ""));
}

void remember(const fs::path& cache, const fs::path& file, const std::string& stamp,
              const RcloneVersion& version) {
    const nlohmann::json known{
        {"path", file.string()}, {"stamp", stamp}, {"version", version.text}};
    // Only a convenience: it is asked again next time.
    (void)write_file_atomically(cache, known.dump() + '\n', 0600);
}

std::optional<RcloneVersion> asked_version(const fs::path& file,
                                           const std::vector<std::string>& environment) {
    std::string first_line;
    ProgramLimits limits;
    limits.longest = std::chrono::seconds(60);
    const auto end = run_program(
        {file, {"version"}, rclone_environment(environment)},
        [&](std::string_view line) {
            if (first_line.empty()) first_line = line;
        },
        {}, limits);
    if (!end.succeeded()) return std::nullopt;
    return parse_rclone_version(first_line);
}

RcloneProgram with_version(const fs::path& file, const RcloneSearch& search) {
    // Both may be looked at in one command: each is remembered for itself.
    fs::path cache = search.cache;
    if (!cache.empty() && file == search.installed) cache += ".installed";
    RcloneProgram program{file, std::nullopt};
    const std::string stamp = stamp_of(file);
    if (!cache.empty()) program.version = remembered(cache, file, stamp);
    if (program.version) return program;
    program.version = asked_version(file, search.environment);
    if (program.version && !cache.empty()) remember(cache, file, stamp, *program.version);
    return program;
}

}  // namespace

std::optional<fs::path> program_on_path(std::string_view search_path, std::string_view name) {
    for (const std::string_view folder : split(search_path, ':')) {
        // A relative folder would make the program depend on where it is called from.
        if (!folder.starts_with('/')) continue;
        auto file = fs::path(folder) / name;
        if (is_program(file)) return file;
    }
    return std::nullopt;
}

std::optional<RcloneVersion> parse_rclone_version(std::string_view first_line) {
    constexpr std::string_view prefix = "rclone v";
    if (!first_line.starts_with(prefix)) return std::nullopt;
    const std::string_view text = trim(first_line.substr(prefix.size()));
    RcloneVersion version;
    version.text = std::string(text);
    std::string_view rest = text;
    const auto take = [&rest](int& number) {
        const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        if (problem != std::errc{} || number < 0) return false;
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        return true;
    };
    if (!take(version.major) || !rest.starts_with('.')) return std::nullopt;
    rest.remove_prefix(1);
    if (!take(version.minor)) return std::nullopt;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        if (!take(version.patch)) return std::nullopt;
    }
    if (!rest.empty() && rest.front() != '-' && rest.front() != '+') return std::nullopt;
    return version;
}

CloudResult<RcloneProgram> find_rclone(const RcloneSearch& search) {
    if (search.configured) {
        if (is_program(*search.configured)) return with_version(*search.configured, search);
        return cloud_fail(CloudFault::rclone_missing,
                          "rclone not found: rclone_path names " + search.configured->string() +
                              ", which is no program",
                          kSetUp);
    }
    const bool has_installed = !search.installed.empty() && is_program(search.installed);
    if (const auto found = program_on_path(search.search_path, "rclone")) {
        auto program = with_version(*found, search);
        if (!has_installed || check_rclone(program, RcloneNeed::two_way)) return program;
    }
    if (has_installed) return with_version(search.installed, search);
    return cloud_fail(CloudFault::rclone_missing, "rclone not found",
                      std::string("rclone is not installed. ") + kSetUp);
}

CloudResult<void> check_rclone(const RcloneProgram& program, RcloneNeed need) {
    const bool is_two_way = need == RcloneNeed::two_way;
    const int minor = is_two_way ? 66 : 58;
    if (!program.version) {
        if (!is_two_way) return {};
        return cloud_fail(CloudFault::rclone_too_old,
                          "The version of " + program.file.string() +
                              " could not be read: version 1.66 or newer is required",
                          kSetUp);
    }
    if (program.version->is_at_least(1, minor)) return {};
    return cloud_fail(CloudFault::rclone_too_old,
                      "rclone " + program.version->text + " is too old: version 1." +
                          std::to_string(minor) + " or newer is required" +
                          (is_two_way ? " for syncing in both directions." : "."),
                      kSetUp);
}

std::vector<std::string> rclone_environment(const std::vector<std::string>& ours) {
    std::vector<std::string> kept;
    for (const auto& entry : ours) {
        const std::string_view name = std::string_view(entry).substr(0, entry.find('='));
        const bool is_wanted = name == "RCLONE_CONFIG";
        const bool changes_rclone = name.starts_with("AWS_") || name.starts_with("RCLONE_");
        if ((changes_rclone && !is_wanted) || name == "LC_ALL" || name == kStartedBy) continue;
        kept.push_back(entry);
    }
    kept.emplace_back("LC_ALL=C.UTF-8");
    kept.push_back(std::string(kStartedBy) + "=" + std::to_string(::getpid()));
    return kept;
}

}  // namespace bm
