#include "cli/file_log.hpp"

#include <string>

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include "markdown/printable_text.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kMaxFileBytes = 10U << 20;
constexpr std::size_t kRotatedFiles = 3;

spdlog::level::level_enum severity(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

/// Before the library opens it: each file after a rotation is new, and a moment of being readable
/// for all is enough to be read.
void make_private(const std::string& file) {
    const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return;
    fchmod(fd, S_IRUSR | S_IWUSR);
    close(fd);
}

spdlog::file_event_handlers opening_privately() {
    spdlog::file_event_handlers handlers;
    handlers.before_open = make_private;
    return handlers;
}

}  // namespace

struct FileLog::Sink {
    explicit Sink(const std::filesystem::path& file)
        : logger("bm",
                 std::make_shared<spdlog::sinks::rotating_file_sink_st>(
                     file.string(), kMaxFileBytes, kRotatedFiles, false, opening_privately())) {
        logger.set_level(spdlog::level::debug);
        logger.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %P %l %v");
        logger.flush_on(spdlog::level::debug);
    }
    spdlog::logger logger;
};

FileLog::FileLog(std::filesystem::path file, LogLevel threshold)
    : file_(std::move(file)), threshold_(threshold) {}

FileLog::~FileLog() = default;

void FileLog::write(LogLevel level, std::string_view text) {
    if (level < threshold_) return;
    const std::scoped_lock lock(mutex_);
    try {
        if (!sink_) sink_ = std::make_unique<Sink>(file_);
        sink_->logger.log(severity(level), spdlog::string_view_t(printable(text)));
    } catch (const spdlog::spdlog_ex&) {
        // A log that cannot be written must not stop the work it tells about.
    }
}

Log FileLog::log() {
    return [this](LogLevel level, std::string_view text) { write(level, text); };
}

std::optional<LogLevel> log_level_from(std::string_view name) {
    const std::string lower = to_lower(trim(name));
    if (lower == "info") return LogLevel::info;
    if (lower == "debug" || lower == "trace") return LogLevel::debug;
    if (lower == "warning" || lower == "warn") return LogLevel::warning;
    if (lower == "error" || lower == "critical" || lower == "fatal") return LogLevel::error;
    return std::nullopt;
}

}  // namespace bm
