#include "repository/trouble.hpp"

#include <array>
#include <cerrno>
#include <new>
#include <string_view>
#include <system_error>

#include "markdown/text.hpp"
#include "repository/database.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace {

struct WayOut {
    int error;
    const char* advice;
};

constexpr const char* kFreeSpace = "Free some space on that disk and try again.";
constexpr const char* kFewerFiles =
    "Close programs that keep many files open, or raise the limit (`ulimit -n`), and try again.";
constexpr const char* kPermit = "Change the permissions of it or of its folder and try again.";
constexpr const char* kIsItThere = "Check that its disk is there and mounted, and try again.";
constexpr const char* kMemory = "Close other programs and try again.";

constexpr std::array<WayOut, 16> kWaysOut{{
    {ENOSPC, kFreeSpace},
    {EDQUOT, kFreeSpace},
    {EROFS, "Make it writable again (it is mounted read-only) and try again."},
    {EACCES, kPermit},
    {EPERM, kPermit},
    {EMFILE, kFewerFiles},
    {ENFILE, kFewerFiles},
    {EIO, "Check the disk and try again."},
    {EFBIG,
     "Split it, or raise the limit on the size of files (`ulimit -f`) if there is one, and try "
     "again."},
    {ENOMEM, kMemory},
    {EAGAIN, kMemory},
    {ESTALE, kIsItThere},
    {ENOTCONN, kIsItThere},
    {ETIMEDOUT, kIsItThere},
    {ENODEV, kIsItThere},
    {ENOLCK, "Restart the computer or the file server if it stays like that, and try again."},
}};

constexpr const char* kUnknown = "Try again; `bm doctor` looks into it if it stays like that.";

/// With a way out in any case.
std::string with_some_way_out(std::string message) {
    std::string advised = with_way_out(message);
    if (advised != message) return advised;
    return message + ". " + kUnknown;
}

std::string sentence_about(const DatabaseError& error, const std::string& index) {
    const std::string subject = "The index " + index;
    if (error.is_busy()) {
        return subject +
               " is locked by another program. Close what uses it, or try again in a moment.";
    }
    if (error.is_full()) return with_way_out(subject + " cannot be written: " + reason_of(ENOSPC));
    if (error.is_corrupt()) {
        return subject +
               " was damaged. It is made anew from your files, which are whole: try again in a "
               "moment, or run `bm doctor`.";
    }
    if (error.is_read_only()) {
        return subject +
               " cannot be written. Make it and its folder writable, or set "
               "BASIC_MEMORY_CONFIG_DIR to a folder that is, and try again.";
    }
    const std::string reason =
        error.system_error() == 0 ? "SQLite gives no reason" : reason_of(error.system_error());
    return with_some_way_out(subject + " cannot be used: " + reason);
}

std::string capitalized(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') text.front() ^= 0x20;
    return text;
}

}  // namespace

std::string with_way_out(std::string message) {
    for (const auto& way : kWaysOut) {
        const std::string reason = reason_of(way.error);
        if (message.find(reason) == std::string::npos) continue;
        if (!message.ends_with('.')) message += '.';
        // An Error may come by here twice.
        if (message.find(way.advice) == std::string::npos) {
            message += ' ';
            message += way.advice;
        }
        return message;
    }
    return message;
}

std::optional<Error> trouble_of(const std::exception& problem, const std::filesystem::path& index) {
    const auto told = [](std::string text) { return Error{Fault::unavailable, std::move(text)}; };
    if (const auto* database = dynamic_cast<const DatabaseError*>(&problem)) {
        if (!database->is_trouble()) return std::nullopt;
        return told(sentence_about(*database, index.string()));
    }
    if (const auto* files = dynamic_cast<const std::filesystem::filesystem_error*>(&problem)) {
        return told(with_some_way_out(files->path1().string() +
                                      " cannot be used: " + files->code().message()));
    }
    if (dynamic_cast<const std::system_error*>(&problem) != nullptr) {
        return told(with_some_way_out(capitalized(problem.what())));
    }
    if (dynamic_cast<const std::bad_alloc*>(&problem) != nullptr) {
        return told("There is not enough memory. " + std::string(kMemory));
    }
    return std::nullopt;
}

}  // namespace bm
