#include "cloud/space_mount.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <deque>
#include <fstream>
#include <iterator>
#include <thread>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "cloud/known_tenant.hpp"
#include "cloud/scope.hpp"
#include "cloud/trusted_certificates.hpp"
#include "markdown/text.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMountLook{100};
constexpr milliseconds kLongestStart{60'000};
constexpr milliseconds kLongestUnmount{30'000};
constexpr const char* kStartPatience = "10s";
constexpr std::uintmax_t kLongestCacheRecord = 1U << 20U;
constexpr std::size_t kLogLinesTold = 10;

std::optional<fs::path> program_on(std::string_view search_path, std::string_view name) {
    while (!search_path.empty()) {
        const auto end = std::min(search_path.find(':'), search_path.size());
        const fs::path file = fs::path(search_path.substr(0, end)) / name;
        if (end > 0 && ::access(file.c_str(), X_OK) == 0) return file;
        search_path.remove_prefix(std::min(end + 1, search_path.size()));
    }
    return std::nullopt;
}

/// Looks again and again until it is so, or time is up.
template <class IsSo>
bool becomes(IsSo is_so, milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(kMountLook);
    }
    return true;
}

std::string end_of_log(const fs::path& file) {
    std::ifstream in(file);
    std::deque<std::string> last;
    for (std::string line; std::getline(in, line);) {
        last.push_back(line);
        if (last.size() > kLogLinesTold) last.pop_front();
    }
    return join({last.begin(), last.end()}, "\n");
}

/// No folder that is kept in step may be, hold or lie in the mount point.
CloudResult<void> check_roots(const SyncContext& context) {
    const fs::path point = resolved_path(context.settings.mount_point);
    const auto check = [&](const fs::path& root) -> CloudResult<void> {
        if (root.empty() || !paths_overlap(resolved_path(root), point)) return {};
        return cloud_fail(CloudFault::mount_conflict,
                          "Cannot mount at " + context.settings.mount_point.string() + ": " +
                              root.string() + " is kept in step with the cloud.",
                          "Choose another directory for it: bm cloud bisync --dir DIR --resync, or "
                          "bm project sync-setup NAME DIR");
    };
    if (auto fine = check(context.settings.sync_dir); !fine) return fine;
    for (const auto& attached : context.settings.attached) {
        if (auto fine = check(attached.local_path); !fine) return fine;
    }
    return {};
}

CloudResult<void> make_mount_point(const fs::path& point) {
    if (const int error = make_folders(point, 0700); error != 0) {
        return cloud_fail(CloudFault::local_io,
                          point.string() + " could not be made: " + reason_of(error));
    }
    std::error_code problem;
    const bool is_empty = fs::is_empty(point, problem);
    if (problem) return cloud_fail(CloudFault::local_io, point.string() + ": " + problem.message());
    if (is_empty) return {};
    return cloud_fail(CloudFault::mount_conflict,
                      "The mount point " + point.string() + " is not empty.",
                      "Move what is in there somewhere else.");
}

std::vector<std::string> words_of_process(const fs::path& folder) {
    std::ifstream in(folder / "cmdline", std::ios::binary);
    std::vector<std::string> words;
    for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
    return words;
}

bool serves(const std::vector<std::string>& words, const fs::path& point) {
    return !words.empty() && fs::path(words[0]).filename().string().starts_with("rclone") &&
           std::find(words.begin(), words.end(), "mount") != words.end() &&
           std::find(words.begin(), words.end(), point.string()) != words.end();
}

fs::path mount_caches(const SyncSettings& settings) {
    return settings.data_directory / "mount-cache";
}

/// What one account has not sent yet must not go to another one.
fs::path mount_cache(const SyncSettings& settings, const std::string& tenant_id) {
    std::string name = tenant_id.empty() ? "unknown" : tenant_id;
    for (char& c : name) {
        const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                              (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
        if (!is_plain) c = '_';
    }
    return mount_caches(settings) / name;
}

/// What programs before us kept, who had one cache for whoever was logged in.
constexpr std::array<const char*, 2> kCacheFolders{"vfs", "vfsMeta"};

/// Whether rclone's record of a file in its cache says that it has still to be sent.
bool is_unsent(const fs::path& record) {
    std::error_code problem;
    if (fs::file_size(record, problem) > kLongestCacheRecord || problem) return false;
    std::ifstream in(record, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const auto member = nlohmann::json::parse(text, nullptr, false);
    const auto dirty = member.is_object() ? member.find("Dirty") : member.end();
    return dirty != member.end() && dirty->is_boolean() && dirty->get<bool>();
}

/// An rclone that stays in the background holds the outputs of its parent: those go to its log.
ProgramEnd start_mount(const RcloneSetup& setup, ProgramCall call, const MountWish& wish,
                       const fs::path& log) {
    ProgramLimits limits;
    limits.stop = setup.stop;
    limits.grace = setup.grace;
    if (!wish.foreground) limits.longest = kLongestStart;
    call.output_file = log;
    return run_program(call, {}, {}, limits);
}

CloudResult<void> ask_to_unmount(const SyncContext& context, const MountMeans& means) {
    const std::string point = context.settings.mount_point.string();
    auto program = means.unmounter;
    std::vector<std::string> words{"-u", point};
    if (!program) {
        program = program_on(context.settings.search_path, "umount");
        words = {point};
    }
    if (!program)
        return cloud_fail(CloudFault::local_io, "There is no fusermount3 and no umount here.");
    const ProgramCall call{.file = *program,
                           .arguments = words,
                           .environment = rclone_environment(context.settings.environment)};
    std::string said;
    ProgramLimits limits;
    limits.longest = kLongestUnmount;
    const auto end = run_program(
        call, [](std::string_view) {},
        [&said](std::string_view line) { said.append(line).append("\n"); }, limits);
    if (end.succeeded() || space_mount_state(context) == MountState::absent) return {};
    if (to_lower(said).find("busy") != std::string::npos)
        return cloud_fail(CloudFault::local_io, "Mount is busy; close programs using it.");
    return cloud_fail(CloudFault::local_io, point + " could not be unmounted.",
                      std::string(trim(said)));
}

}  // namespace

const MountProfile* find_mount_profile(std::string_view name) noexcept {
    const auto* const found =
        std::find_if(kMountProfiles.begin(), kMountProfiles.end(),
                     [&](const MountProfile& each) { return each.name == name; });
    return found == kMountProfiles.end() ? nullptr : found;
}

MountMeans means_of_mounting(std::string_view search_path) {
    MountMeans means;
    means.has_device = ::access("/dev/fuse", R_OK | W_OK) == 0;
    means.unmounter = program_on(search_path, "fusermount3");
    if (!means.unmounter) means.unmounter = program_on(search_path, "fusermount");
    return means;
}

fs::path mount_log(const SyncSettings& settings) {
    return settings.data_directory / "rclone-mount.log";
}

std::vector<std::string> mount_arguments(const SyncSettings& settings, const HostTenant& tenant,
                                         const MountWish& wish) {
    const MountProfile* known = find_mount_profile(wish.profile);
    const MountProfile& profile = known != nullptr ? *known : kMountProfiles[1];
    std::vector<std::string> words{"mount", std::string(kCloudRemote) + ":" + tenant.bucket,
                                   settings.mount_point.string()};
    const auto add = [&words](std::string_view flag, std::string_view value) {
        words.emplace_back(flag);
        words.emplace_back(value);
    };
    add("--vfs-cache-mode", "writes");
    add("--dir-cache-time", profile.folder_cache);
    add("--vfs-cache-poll-interval", profile.cache_poll);
    add("--attr-timeout", profile.attributes);
    add("--vfs-write-back", profile.write_back);
    if (wish.read_only) words.emplace_back("--read-only");
    if (!wish.foreground) {
        words.emplace_back("--daemon");
        add("--daemon-wait", kStartPatience);
    }
    add("--cache-dir", mount_cache(settings, tenant.tenant_id).string());
    add("--config", settings.rclone_config.string());
    add("--log-file", mount_log(settings).string());
    if (settings.ca_cert) {
        add("--ca-cert",
            trusted_certificates(*settings.ca_cert, settings.data_directory, settings.environment)
                .string());
    }
    return words;
}

MountState space_mount_state(const SyncContext& context) {
    const fs::path point = context.settings.mount_point.lexically_normal();
    const auto mounts = context.mounts();
    const bool is_there = std::any_of(mounts.begin(), mounts.end(), [&](const fs::path& mount) {
        return mount.lexically_normal() == point || mount == resolved_path(point);
    });
    if (!is_there) return MountState::absent;
    struct stat seen {};
    const bool is_dead = ::stat(point.c_str(), &seen) != 0 && errno == ENOTCONN;
    return is_dead ? MountState::dead : MountState::active;
}

std::vector<std::string> unsent_files(const SyncSettings& settings) {
    std::vector<std::string> found;
    const auto tenant = known_tenant(settings).value_or(HostTenant{});
    for (const auto& cache : {mount_cache(settings, tenant.tenant_id), mount_caches(settings)}) {
        const fs::path records = cache / "vfsMeta" / kCloudRemote;
        std::error_code problem;
        fs::recursive_directory_iterator entry(records, problem);
        for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
            std::error_code ignored;
            if (!entry->is_regular_file(ignored) || !is_unsent(entry->path())) continue;
            found.push_back(entry->path().lexically_relative(records).generic_string());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

CloudResult<void> give_cache_to(const SyncSettings& settings, const std::string& tenant_id) {
    const fs::path own = mount_cache(settings, tenant_id);
    for (const char* name : kCacheFolders) {
        std::error_code problem;
        if (!fs::exists(mount_caches(settings) / name, problem)) continue;
        if (const int error = make_folders(own, 0700); error != 0)
            return cloud_fail(CloudFault::local_io, own.string() + ": " + reason_of(error));
        fs::rename(mount_caches(settings) / name, own / name, problem);
        if (!problem) continue;
        return cloud_fail(CloudFault::local_io,
                          (mount_caches(settings) / name).string() + " could not be moved to " +
                              own.string() + ": " + problem.message(),
                          "It has files that were not sent yet. Move it away yourself.");
    }
    return {};
}

CloudResult<bool> mount_space(SyncContext& context, const HostTenant& tenant, const MountWish& wish,
                              const MountMeans& means, milliseconds patience) {
    const MountState before = space_mount_state(context);
    if (before == MountState::active) return false;
    if (before == MountState::dead) {
        return cloud_fail(CloudFault::mount_conflict,
                          "The mount at " + context.settings.mount_point.string() +
                              " is dead: its rclone has ended.",
                          "Run: bm cloud unmount, then bm cloud mount");
    }
    if (!means.are_enough()) {
        return cloud_fail(CloudFault::mount_conflict,
                          "Mount needs FUSE (install fuse3) or an rclone build with nfsmount.");
    }
    if (auto fine = check_roots(context); !fine) return tl::unexpected(fine.error());
    const auto rclone = ready_rclone(context, RcloneNeed::one_way);
    if (!rclone) return tl::unexpected(rclone.error());
    if (auto made = make_mount_point(context.settings.mount_point); !made)
        return tl::unexpected(made.error());
    if (auto given = give_cache_to(context.settings, tenant.tenant_id); !given)
        return tl::unexpected(given.error());
    // Copies of notes lie in there.
    const fs::path cache = mount_cache(context.settings, tenant.tenant_id);
    if (const int error = make_folders(cache, 0700); error != 0) {
        return cloud_fail(CloudFault::local_io,
                          cache.string() + " could not be made: " + reason_of(error));
    }
    const fs::path log = mount_log(context.settings);
    std::error_code ignored;
    fs::remove(log, ignored);
    ProgramCall call{.file = rclone->setup.program.file,
                     .arguments = mount_arguments(context.settings, tenant, wish),
                     .environment = rclone_environment(context.settings.environment)};
    if (rclone->setup.is_tigris) {
        call.arguments.insert(call.arguments.end(), {"--header", "X-Tigris-Consistent: true"});
    }
    const auto end = start_mount(rclone->setup, std::move(call), wish, log);
    if (wish.foreground && (end.succeeded() || end.was_stopped)) {
        if (space_mount_state(context) == MountState::absent) return true;
        return cloud_fail(CloudFault::mount_conflict,
                          "rclone has ended, and the mount is still there.",
                          "Run: bm cloud unmount");
    }
    const auto is_active = [&] { return space_mount_state(context) == MountState::active; };
    if (end.succeeded() && becomes(is_active, patience)) return true;
    return cloud_fail(CloudFault::rclone_failed, "Mount did not become active", end_of_log(log));
}

CloudResult<bool> unmount_space(const SyncContext& context, const MountMeans& means,
                                const UnmountPatience& patience) {
    const MountState before = space_mount_state(context);
    if (before == MountState::absent) return false;
    const auto all_sent = [&] { return unsent_files(context.settings).empty(); };
    // The system tells rclone of a file's end some time after its program has closed it.
    if (before == MountState::active) std::this_thread::sleep_for(patience.settling);
    // rclone ends at once when it is unmounted, whatever it has still to send.
    if (before == MountState::active && !all_sent()) {
        context.tell("Waiting until what was written has been sent...");
        static_cast<void>(becomes(all_sent, patience.sending));
    }
    if (auto done = ask_to_unmount(context, means); !done) return tl::unexpected(done.error());
    const fs::path& point = context.settings.mount_point;
    if (!becomes([&] { return mount_processes(point).empty(); }, patience.ending)) {
        for (const int pid : mount_processes(point)) ::kill(pid, SIGTERM);
    }
    return true;
}

std::vector<int> mount_processes(const fs::path& mount_point) {
    std::vector<int> found;
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator("/proc", problem)) {
        const std::string name = entry.path().filename().string();
        int pid = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error != std::errc() || end != name.data() + name.size()) continue;
        struct stat seen {};
        if (::stat(entry.path().c_str(), &seen) != 0 || seen.st_uid != ::geteuid()) continue;
        if (serves(words_of_process(entry.path()), mount_point)) found.push_back(pid);
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace bm
