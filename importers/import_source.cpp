#include "importers/import_source.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repository/descriptor.hpp"
#include "repository/folder_walk.hpp"
#include "repository/trouble.hpp"

namespace bm {

namespace {

class FileSource final : public ImportSource {
public:
    FileSource(Descriptor file, std::uint64_t size, bool is_seekable)
        : file_(std::move(file)), size_(size), is_seekable_(is_seekable) {}

    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] bool is_seekable() const override { return is_seekable_; }

    std::size_t next(char* into, std::size_t room) override {
        return again([&] { return ::read(file_.number(), into, room); });
    }

    std::size_t read_at(std::uint64_t offset, char* into, std::size_t room) override {
        std::size_t done = 0;
        while (done < room) {
            const std::size_t length = again([&] {
                return ::pread(file_.number(), into + done, room - done,
                               static_cast<off_t>(offset + done));
            });
            if (length == 0) break;
            done += length;
        }
        return done;
    }

    void rewind() override {
        if (::lseek(file_.number(), 0, SEEK_SET) != 0) throw SourceUnreadable(reason_of(errno));
    }

private:
    template <class Read>
    static std::size_t again(Read&& read) {
        while (true) {
            const ssize_t length = read();
            if (length >= 0) return static_cast<std::size_t>(length);
            if (errno != EINTR) throw SourceUnreadable(reason_of(errno));
        }
    }

    Descriptor file_;
    std::uint64_t size_;
    bool is_seekable_;
};

}  // namespace

std::size_t MemorySource::next(char* into, std::size_t room) {
    const std::size_t length = read_at(at_, into, room);
    at_ += length;
    return length;
}

std::size_t MemorySource::read_at(std::uint64_t offset, char* into, std::size_t room) {
    if (offset >= text_.size()) return 0;
    const std::string_view rest = text_.substr(static_cast<std::size_t>(offset), room);
    std::copy(rest.begin(), rest.end(), into);
    return rest.size();
}

Result<std::unique_ptr<ImportSource>> open_import_file(const std::filesystem::path& file) {
    Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened && (errno == ENOENT || errno == ENOTDIR)) {
        return fail(Fault::not_found, "File not found: " + file.string());
    }
    struct stat seen {};
    if (!opened || ::fstat(opened.number(), &seen) != 0) {
        return fail(Fault::unavailable,
                    with_way_out("cannot read " + file.string() + ": " + reason_of(errno)));
    }
    if (S_ISDIR(seen.st_mode)) {
        return fail(Fault::invalid, file.string() +
                                        " is a folder. Name the JSON file in it, such as "
                                        "conversations.json.");
    }
    const bool is_regular = S_ISREG(seen.st_mode);
    return std::make_unique<FileSource>(
        std::move(opened), is_regular ? static_cast<std::uint64_t>(seen.st_size) : 0, is_regular);
}

}  // namespace bm
