#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "repository/log.hpp"

namespace bm {

/// The program's log: a file that is rotated at 10 MB, never stdout. The file is opened when the
/// first line is written. Thread-safe. The only file that sees spdlog.
class FileLog {
public:
    FileLog(std::filesystem::path file, LogLevel threshold);
    ~FileLog();
    FileLog(const FileLog&) = delete;
    FileLog& operator=(const FileLog&) = delete;

    /// Valid as long as this object.
    [[nodiscard]] Log log();

private:
    void write(LogLevel level, std::string_view text);

    std::filesystem::path file_;
    LogLevel threshold_;
    std::mutex mutex_;
    struct Sink;
    std::unique_ptr<Sink> sink_;
};

/// Names as configuration files have them; none for anything else.
std::optional<LogLevel> log_level_from(std::string_view name);

}  // namespace bm
