#include "repository/config_reading.hpp"

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "repository/descriptor.hpp"
#include "repository/folder_walk.hpp"
#include "repository/trouble.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

// Settings of a person, not data.
constexpr std::size_t kMaxConfigBytes = 4U << 20;
constexpr std::string_view kAdvice = ". Fix or delete the file and re-run.";

/// The file's text; none when there is no file. `version` is that of the bytes.
Result<std::optional<std::string>> read_text(const fs::path& file, std::string& version) {
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!opened && errno == ENOENT) return std::nullopt;
    const auto refuse = [&file](int error) {
        return fail(Fault::unavailable, with_way_out("cannot read config file " + file.string() +
                                                     ": " + reason_of(error)));
    };
    if (!opened) return refuse(errno);
    struct stat seen {};
    if (::fstat(opened.number(), &seen) != 0) return refuse(errno);
    version = config_version(seen);
    std::string text;
    std::string piece(16U << 10, '\0');
    while (true) {
        const ssize_t length = ::read(opened.number(), piece.data(), piece.size());
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return refuse(errno);
        if (length == 0) return text;
        text.append(piece, 0, static_cast<std::size_t>(length));
        if (text.size() > kMaxConfigBytes) return refuse(EFBIG);
    }
}

Error not_valid_json(const fs::path& file, const Error& error) {
    return {Fault::invalid, "config file is not valid JSON: " + file.string() + " (" +
                                error.message + ")" + std::string(kAdvice)};
}

}  // namespace

std::string config_version(const struct stat& seen) {
    return std::to_string(seen.st_mtim.tv_sec) + '.' + std::to_string(seen.st_mtim.tv_nsec) + ':' +
           std::to_string(seen.st_size) + ':' + std::to_string(seen.st_ino);
}

Result<std::optional<ConfigDocument>> read_config_document(const fs::path& file,
                                                           std::string& version) {
    auto text = read_text(file, version);
    if (!text) return tl::unexpected(text.error());
    if (!*text) return std::nullopt;
    auto document = ConfigDocument::parse(**text);
    if (!document) return tl::unexpected(not_valid_json(file, document.error()));
    return *std::move(document);
}

Result<std::optional<ConfigDocument>> read_config_document(const fs::path& file) {
    std::string version;
    return read_config_document(file, version);
}

}  // namespace bm
