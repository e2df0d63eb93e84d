#include "cloud/sync_context.hpp"

#include <algorithm>
#include <ctime>

#include "cloud/trusted_certificates.hpp"

namespace bm {

std::string SyncContext::now_stamp() const {
    const auto now = clock();
    const std::time_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    const auto micros =
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() %
        1'000'000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];  // NOLINT: filled by strftime
    const auto length = std::strftime(text, sizeof text, "%Y%m%dT%H%M%S", &parts);
    std::string fraction = std::to_string(micros);
    fraction.insert(0, 6 - std::min<std::size_t>(6, fraction.size()), '0');
    return std::string(text, length) + "." + fraction + "Z";
}

CloudResult<ReadyRclone> ready_rclone(const SyncContext& context, RcloneNeed need) {
    const SyncSettings& settings = context.settings;
    auto program = find_rclone({settings.rclone_path, settings.search_path, settings.environment,
                                settings.states() / "rclone.json", settings.installed_rclone()});
    if (!program) return tl::unexpected(program.error());
    if (auto fine = check_rclone(*program, need); !fine) return tl::unexpected(fine.error());
    auto section = read_remote_section(settings.rclone_config);
    if (!section) return tl::unexpected(section.error());
    ReadyRclone ready;
    ready.remote = *std::move(section);
    ready.setup.program = *std::move(program);
    ready.setup.config_file = settings.rclone_config;
    if (settings.ca_cert) {
        ready.setup.ca_cert = trusted_certificates(
            *settings.ca_cert, settings.data_directory, settings.environment,
            [&context](const std::string& problem) { context.tell("Warning: " + problem); });
    }
    ready.setup.is_tigris = ready.remote.is_tigris();
    ready.setup.environment = settings.environment;
    ready.setup.stop = context.stop;
    ready.setup.grace = context.stop_grace;
    ready.setup.progress = context.progress;
    return ready;
}

}  // namespace bm
