#include "cloud/rclone_release.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include <unistd.h>

#include "cloud/program_run.hpp"
#include "cloud/rclone_program.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

// The archives have some 25 MB.
constexpr std::size_t kMostArchiveBytes = 200U << 20;
constexpr std::size_t kMostListBytes = 1U << 20;
// Who is slower than that has a better way than to wait for it.
constexpr std::chrono::minutes kLongestDownload{20};
constexpr std::string_view kScratchPrefix = "download-";

#if defined(__linux__)
constexpr std::string_view kSystem = "linux";
#elif defined(__APPLE__)
constexpr std::string_view kSystem = "osx";
#else
constexpr std::string_view kSystem;
#endif

#if defined(__x86_64__)
constexpr std::string_view kMachine = "amd64";
#elif defined(__aarch64__)
constexpr std::string_view kMachine = "arm64";
#elif defined(__arm__)
constexpr std::string_view kMachine = "arm-v7";
#elif defined(__i386__)
constexpr std::string_view kMachine = "386";
#else
constexpr std::string_view kMachine;
#endif

constexpr const char* kByHand = "Install it by hand, from https://rclone.org/downloads/";

tl::unexpected<CloudFailure> unusable(std::string why) {
    return cloud_fail(CloudFault::rclone_failed, std::move(why), kByHand);
}

/// A folder that goes with everything in it.
class ScratchFolder {
public:
    explicit ScratchFolder(fs::path path) : path_(std::move(path)) {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
        fs::create_directories(path_, problem_);
    }
    ~ScratchFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    [[nodiscard]] const fs::path& path() const noexcept { return path_; }
    [[nodiscard]] const std::error_code& problem() const noexcept { return problem_; }

private:
    fs::path path_;
    std::error_code problem_;
};

CloudResult<std::string> fetched(HttpClient& http, const std::string& url) {
    HttpCall call;
    call.url = url;
    call.most_bytes = kMostListBytes;
    auto answer = http.send(call);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status != 200) {
        return cloud_fail(CloudFault::network,
                          url + " answered with status " + std::to_string(answer->status), kByHand);
    }
    return std::move(answer->body);
}

CloudResult<void> download(HttpClient& http, const RcloneRelease& release, const fs::path& file,
                           const RcloneInstallation& wanted) {
    std::ofstream out(file, std::ios::binary);
    ChecksumStream checksum;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    HttpCall call;
    call.url = release.archive;
    call.timeout = kLongestDownload;
    call.stop = wanted.stop;
    call.on_head = [&](const HttpAnswer& head) {
        if (const auto length = head.header("content-length")) {
            total = std::strtoull(std::string(*length).c_str(), nullptr, 10);
        }
        return head.status == 200;
    };
    call.on_piece = [&](std::string_view piece) {
        done += piece.size();
        if (done > kMostArchiveBytes) return false;
        checksum.add(piece);
        out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        if (wanted.progress) wanted.progress(done, total);
        return out.good();
    };
    const auto answer = http.send(call);
    if (!answer &&
        (answer.error().fault != CloudFault::interrupted || wanted.stop.stop_requested()))
        return tl::unexpected(answer.error());
    out.close();
    if (!out) return unusable("Cannot write " + file.string());
    if (!answer || answer->status != 200) {
        return cloud_fail(CloudFault::network, release.archive + " could not be downloaded",
                          kByHand);
    }
    if (checksum.finish() != release.checksum) {
        return unusable(release.archive +
                        " does not have the SHA-256 that is published for it, and was deleted.");
    }
    return {};
}

/// A program that unpacks, with what it is to be told.
struct Unpacker {
    std::string_view program;
    std::vector<std::string> arguments;
};

CloudResult<void> unpack(const fs::path& archive, const fs::path& into,
                         const RcloneInstallation& wanted) {
    const std::array unpackers{
        Unpacker{"unzip", {"-q", "-o", "-j", archive, "*/rclone", "-d", into}},
        Unpacker{"bsdtar", {"-xf", archive, "-C", into, "--strip-components", "1", "*/rclone"}},
        Unpacker{"python3",
                 {"-c",
                  "import sys, zipfile\n"
                  "z = zipfile.ZipFile(sys.argv[1])\n"
                  "name = next(n for n in z.namelist() if n.endswith('/rclone'))\n"
                  "open(sys.argv[2] + '/rclone', 'wb').write(z.read(name))\n",
                  archive, into}}};
    for (const auto& unpacker : unpackers) {
        const auto program = program_on_path(wanted.search_path, unpacker.program);
        if (!program) continue;
        const ProgramEnd end = run_program(
            {*program, unpacker.arguments, rclone_environment(wanted.environment)}, {}, {});
        if (end.succeeded() && fs::exists(into / "rclone")) return {};
        return unusable(program->string() + " could not unpack " + archive.filename().string());
    }
    return unusable("There is no program here that unpacks a ZIP archive. Install unzip");
}

}  // namespace

bool is_trusted_source(std::string_view url) {
    return url.starts_with("https://") || (url.starts_with("http://") && !is_open_to_others(url));
}

void remove_broken_downloads(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(kScratchPrefix)) continue;
        const auto process =
            std::strtol(name.c_str() + kScratchPrefix.size(), nullptr, /*base=*/10);
        const bool is_alive =
            process > 0 && (::kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM);
        if (!is_alive) fs::remove_all(entry.path(), ignored);
    }
}

std::optional<std::string> published_version(std::string_view text) {
    const auto version = parse_rclone_version(trim(text.substr(0, text.find('\n'))));
    if (!version || version->text.find_first_not_of("0123456789.") != std::string::npos) {
        return std::nullopt;
    }
    return version->text;
}

std::optional<std::string> rclone_archive_name(std::string_view version) {
    if (kSystem.empty() || kMachine.empty()) return std::nullopt;
    std::string name = "rclone-v";
    return name.append(version).append("-").append(kSystem).append("-").append(kMachine) + ".zip";
}

std::optional<Checksum> listed_checksum(std::string_view list, std::string_view file) {
    for (const std::string_view line : split(list, '\n')) {
        const std::size_t blank = line.find(' ');
        if (blank == std::string_view::npos) continue;
        std::string_view name = trim(line.substr(blank));
        if (name.starts_with('*')) name.remove_prefix(1);
        if (name == file) return Checksum::from_hex(line.substr(0, blank));
    }
    return std::nullopt;
}

CloudResult<RcloneRelease> newest_rclone_release(HttpClient& http, std::string_view releases) {
    const std::string base(releases);
    const auto newest = fetched(http, base + "/version.txt");
    if (!newest) return tl::unexpected(newest.error());
    const auto version = published_version(*newest);
    const auto name = rclone_archive_name(version.value_or(""));
    if (!version || !name) return unusable(base + " names no release for this system");
    const std::string folder = base + "/v" + *version;
    const auto list = fetched(http, folder + "/SHA256SUMS");
    if (!list) return tl::unexpected(list.error());
    const auto checksum = listed_checksum(*list, *name);
    if (!checksum) return unusable(folder + "/SHA256SUMS has no " + *name);
    return RcloneRelease{*version, folder + '/' + *name, *checksum};
}

CloudResult<void> install_rclone(HttpClient& http, const RcloneRelease& release,
                                 const RcloneInstallation& wanted) {
    const ScratchFolder scratch(wanted.folder /
                                (std::string(kScratchPrefix) + std::to_string(::getpid())));
    if (scratch.problem()) {
        return unusable("Cannot make " + scratch.path().string() + ": " +
                        scratch.problem().message());
    }
    const fs::path archive = scratch.path() / "rclone.zip";
    if (auto done = download(http, release, archive, wanted); !done) return done;
    if (auto done = unpack(archive, scratch.path(), wanted); !done) return done;
    const fs::path program = scratch.path() / "rclone";
    std::error_code problem;
    fs::permissions(program, fs::perms{0755}, problem);
    const auto found = find_rclone({program, {}, wanted.environment, {}});
    if (!found || found->version_text() != release.version) {
        return unusable("The rclone of " + release.archive + " does not run on this system.");
    }
    fs::rename(program, wanted.folder / "rclone", problem);
    if (problem) return unusable("Cannot put rclone in its place: " + problem.message());
    return {};
}

}  // namespace bm
