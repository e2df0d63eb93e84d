#include "host/webdav_files.hpp"

#include <array>
#include <cerrno>
#include <ctime>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bm {

namespace {

constexpr mode_t kNewFileMode = 0644;
constexpr mode_t kNewFolderMode = 0755;
/// Larger files are hashed when they arrive only: nobody should wait for a disk to be read through.
constexpr std::int64_t kLongestHashedLater = std::int64_t{256} * 1024 * 1024;
constexpr std::int64_t kNanosecondsOfOne = 1'000'000'000;
constexpr int kDeepestFolder = 100;

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

tl::unexpected<Error> refused(int error) {
    if (error == ENOENT || error == ENOTDIR) return fail(Fault::not_found, reason_of(error));
    if (error == EEXIST || error == EISDIR || error == ENOTEMPTY)
        return fail(Fault::conflict, reason_of(error));
    if (error == ELOOP) return fail(Fault::not_found, reason_of(error));
    return fail(Fault::unavailable, reason_of(error));
}

std::string below(const std::string& folder, std::string_view name) {
    return folder.empty() ? std::string(name) : folder + '/' + std::string(name);
}

timespec time_of(std::int64_t nanoseconds) {
    const std::int64_t seconds =
        (nanoseconds >= 0 ? nanoseconds : nanoseconds - kNanosecondsOfOne + 1) / kNanosecondsOfOne;
    return {.tv_sec = seconds, .tv_nsec = nanoseconds - seconds * kNanosecondsOfOne};
}

int set_times(int file, std::int64_t mtime_ns) {
    const std::array<timespec, 2> times{timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                                        time_of(mtime_ns)};
    return ::futimens(file, times.data()) == 0 ? 0 : errno;
}

OpenFolder open_folder(int above, const char* name, int& error) {
    const int number = ::openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (number < 0) {
        error = errno;
        return nullptr;
    }
    OpenFolder folder(::fdopendir(number));
    if (!folder) {
        error = errno;
        ::close(number);
    }
    return folder;
}

bool is_dots(std::string_view name) { return name == "." || name == ".."; }

/// Everything in a folder, then the folder. Zero, or the error.
int remove_folder(int above, const char* name, int depth) {
    if (depth > kDeepestFolder) return ELOOP;
    int error = 0;
    {
        const OpenFolder folder = open_folder(above, name, error);
        if (!folder) return error;
        errno = 0;
        while (const dirent* entry = ::readdir(folder.get())) {
            if (is_dots(entry->d_name)) continue;
            const int number = ::dirfd(folder.get());
            if (::unlinkat(number, entry->d_name, 0) == 0) continue;
            if (errno != EISDIR && errno != EPERM) return errno;
            if (const int inner = remove_folder(number, entry->d_name, depth + 1); inner != 0)
                return inner;
            errno = 0;
        }
        if (errno != 0) return errno;
    }
    return ::unlinkat(above, name, AT_REMOVEDIR) == 0 ? 0 : errno;
}

int remove_anything(const Place& place) {
    if (::unlinkat(place.folder.number(), place.name.c_str(), 0) == 0) return 0;
    if (errno != EISDIR && errno != EPERM) return errno;
    return remove_folder(place.folder.number(), place.name.c_str(), 0);
}

Result<void> make_durable(const Place& place) {
    for (const auto& folder : place.grown) {
        if (auto synced = sync_folder(folder.number()); !synced) return synced;
    }
    return sync_folder(place.folder.number());
}

bool is_inside(std::string_view path, std::string_view folder) {
    return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

}  // namespace

std::string WebDavEntry::tag() const {
    if (is_folder) return {};
    if (md5) return '"' + *md5 + '"';
    return '"' + std::to_string(stamp.size) + '-' + std::to_string(stamp.mtime_ns) + '"';
}

WebDavFiles::Upload::Upload(Place place, AtomicFile file)
    : place_(std::move(place)),
      file_(std::move(file)),
      md5_(OldDigest::md5),
      sha1_(OldDigest::sha1) {}

Result<void> WebDavFiles::Upload::take(std::string_view piece) {
    md5_.add(piece);
    sha1_.add(piece);
    return file_.write(piece);
}

const std::string& WebDavFiles::Upload::md5() {
    if (md5_text_.empty()) md5_text_ = md5_.finish();
    return md5_text_;
}

const std::string& WebDavFiles::Upload::sha1() {
    if (sha1_text_.empty()) sha1_text_ = sha1_.finish();
    return sha1_text_;
}

void WebDavFiles::tell(std::string_view path) const {
    if (tree_.on_change) tree_.on_change(path);
}

Result<Place> WebDavFiles::readable_place(const std::string& path) const {
    if (!path.empty()) return place_of(path, MissingFolders::refuse);
    Descriptor root(::open(tree_.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) return refused(errno);
    return Place{std::move(root), ".", {}, {}};
}

Result<Place> WebDavFiles::place_of(const std::string& path, MissingFolders missing) const {
    return walk_to(tree_.root, path, LastSegment::untouched, missing);
}

Result<WebDavEntry> WebDavFiles::entry_at(const Place& place, const std::string& path) {
    const auto status = status_of(place.folder.number(), place.name);
    if (!status) return refused(errno);
    WebDavEntry entry{path, S_ISDIR(status->mode), status->stamp, std::nullopt};
    if (entry.is_folder) return entry;
    if (!S_ISREG(status->mode)) return fail(Fault::not_found, "it is no file");
    const Descriptor file(::openat(place.folder.number(), place.name.c_str(),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file) entry.md5 = hashes_.of(file.number(), entry.stamp, kLongestHashedLater);
    return entry;
}

Result<WebDavEntry> WebDavFiles::find(const std::string& path) {
    return readable_place(path).and_then([&](const Place& place) { return entry_at(place, path); });
}

Result<void> WebDavFiles::list(const std::string& path,
                               const std::function<bool(const WebDavEntry&)>& take) {
    auto place = readable_place(path);
    if (!place) return tl::unexpected(place.error());
    int error = 0;
    const OpenFolder folder = open_folder(place->folder.number(), place->name.c_str(), error);
    if (!folder) return refused(error);
    errno = 0;
    while (const dirent* found = ::readdir(folder.get())) {
        const std::string name = found->d_name;
        if (is_dots(name) || AtomicFile::is_unpublished(name)) continue;
        const Place inside{Descriptor(::dup(::dirfd(folder.get()))), name, below(path, name), {}};
        // What goes while the list is made is not in it.
        const auto entry = entry_at(inside, below(path, name));
        if (entry && !take(*entry)) return {};
        errno = 0;
    }
    if (errno != 0) return refused(errno);
    return {};
}

Result<WebDavFiles::OpenFile> WebDavFiles::open(const std::string& path) {
    auto place = place_of(path, MissingFolders::refuse);
    if (!place) return tl::unexpected(place.error());
    auto entry = entry_at(*place, path);
    if (!entry) return tl::unexpected(entry.error());
    if (entry->is_folder) return fail(Fault::conflict, "it is a folder");
    Descriptor file(::openat(place->folder.number(), place->name.c_str(),
                             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) return refused(errno);
    // What is sent is what was opened, whatever has the name by now.
    if (const auto status = status_of(file.number()); status && status->stamp != entry->stamp) {
        entry->stamp = status->stamp;
        entry->md5 = hashes_.of(file.number(), status->stamp, kLongestHashedLater);
    }
    return OpenFile{std::move(file), *std::move(entry)};
}

Result<std::unique_ptr<WebDavFiles::Upload>> WebDavFiles::begin_upload(const std::string& path) {
    auto place = place_of(path, MissingFolders::make);
    if (!place) return tl::unexpected(place.error());
    const auto found = status_of(place->folder.number(), place->name);
    if (found && !S_ISREG(found->mode)) return fail(Fault::conflict, "a folder has that name");
    auto file = AtomicFile::create(place->folder.number(), kNewFileMode);
    if (!file) return tl::unexpected(file.error());
    if (found) file->look_like(*found);
    return std::unique_ptr<Upload>(new Upload(*std::move(place), *std::move(file)));
}

Result<bool> WebDavFiles::finish_upload(Upload& upload, const std::string& path,
                                        std::optional<std::int64_t> mtime_ns, bool must_be_new) {
    const auto done = [&]() -> Result<bool> {
        if (mtime_ns) {
            if (const int error = set_times(upload.file_.descriptor(), *mtime_ns); error != 0)
                return refused(error);
        }
        if (auto synced = upload.file_.sync(); !synced) return tl::unexpected(synced.error());
        const bool was_there =
            status_of(upload.place_.folder.number(), upload.place_.name).has_value();
        auto published = must_be_new ? upload.file_.publish_new(upload.place_.name)
                                     : upload.file_.replace(upload.place_.name);
        if (!published) return tl::unexpected(published.error());
        if (auto synced = make_durable(upload.place_); !synced)
            return tl::unexpected(synced.error());
        return was_there;
    }();
    if (!done) return done;
    if (const auto status = status_of(upload.place_.folder.number(), upload.place_.name))
        hashes_.remember(status->stamp, upload.md5());
    tell(path);
    return done;
}

Result<void> WebDavFiles::remove(const std::string& path) {
    auto place = place_of(path, MissingFolders::refuse);
    if (!place) return tl::unexpected(place.error());
    if (const int error = remove_anything(*place); error != 0) return refused(error);
    tell(path);
    return sync_folder(place->folder.number());
}

Result<void> WebDavFiles::make_folder(const std::string& path) {
    auto place = place_of(path, MissingFolders::refuse);
    if (!place) return tl::unexpected(place.error());
    if (::mkdirat(place->folder.number(), place->name.c_str(), kNewFolderMode) != 0)
        return refused(errno);
    tell(path);
    return make_durable(*place);
}

Result<bool> WebDavFiles::make_way(const Place& to, bool overwrite) {
    if (!status_of(to.folder.number(), to.name)) {
        if (errno == ENOENT) return false;
        return refused(errno);
    }
    if (!overwrite) return fail(Fault::conflict, "something of that name is there");
    return true;
}

Result<bool> WebDavFiles::move(const std::string& from, const std::string& to, bool overwrite) {
    if (is_inside(to, from)) return fail(Fault::forbidden, "it would move into itself");
    auto source = place_of(from, MissingFolders::refuse);
    if (!source) return tl::unexpected(source.error());
    if (!status_of(source->folder.number(), source->name)) return refused(errno);
    auto target = place_of(to, MissingFolders::refuse);
    // A folder above that is not there is in the way of the move, not of the source.
    if (!target) return fail(Fault::conflict, "the folder of the destination is not there");
    const auto replaces = make_way(*target, overwrite);
    if (!replaces) return replaces;
    if (::renameat(source->folder.number(), source->name.c_str(), target->folder.number(),
                   target->name.c_str()) != 0) {
        // A folder in the way goes first.
        if (!*replaces ||
            (errno != EISDIR && errno != ENOTDIR && errno != ENOTEMPTY && errno != EEXIST))
            return refused(errno);
        if (const int error = remove_anything(*target); error != 0) return refused(error);
        if (::renameat(source->folder.number(), source->name.c_str(), target->folder.number(),
                       target->name.c_str()) != 0)
            return refused(errno);
    }
    tell(from);
    tell(to);
    if (auto synced = make_durable(*target); !synced) return tl::unexpected(synced.error());
    if (auto synced = sync_folder(source->folder.number()); !synced)
        return tl::unexpected(synced.error());
    return replaces;
}

Result<bool> WebDavFiles::copy(const std::string& from, const std::string& to, bool overwrite) {
    if (is_inside(to, from)) return fail(Fault::forbidden, "it would be copied into itself");
    const auto source = find(from);
    if (!source) return tl::unexpected(source.error());
    auto target = place_of(to, MissingFolders::refuse);
    if (!target) return fail(Fault::conflict, "the folder of the destination is not there");
    const auto replaces = make_way(*target, overwrite);
    if (!replaces) return replaces;
    if (*replaces && source->is_folder) {
        if (const int error = remove_anything(*target); error != 0) return refused(error);
    }
    const auto copied = source->is_folder ? copy_folder(from, to, 0) : copy_file(from, to);
    if (!copied) return tl::unexpected(copied.error());
    return replaces;
}

Result<void> WebDavFiles::copy_file(const std::string& from, const std::string& to) {
    auto source = open(from);
    if (!source) return tl::unexpected(source.error());
    auto upload = begin_upload(to);
    if (!upload) return tl::unexpected(upload.error());
    std::array<char, 64 * 1024> piece{};
    while (true) {
        const ssize_t got = ::read(source->file.number(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return refused(errno);
        if (got == 0) break;
        if (auto taken = (*upload)->take({piece.data(), static_cast<std::size_t>(got)}); !taken)
            return taken;
    }
    return finish_upload(**upload, to, source->entry.stamp.mtime_ns, false).map([](bool) {});
}

Result<void> WebDavFiles::copy_folder(const std::string& from, const std::string& to, int depth) {
    if (depth > kDeepestFolder) return fail(Fault::forbidden, "it is too deep");
    if (auto made = make_folder(to); !made) return made;
    Result<void> outcome;
    const auto listed = list(from, [&](const WebDavEntry& entry) {
        const std::string target = to + entry.path.substr(from.size());
        outcome = entry.is_folder ? copy_folder(entry.path, target, depth + 1)
                                  : copy_file(entry.path, target);
        return outcome.has_value();
    });
    return outcome ? listed : outcome;
}

Result<void> WebDavFiles::set_time(const std::string& path, std::int64_t mtime_ns) {
    auto found = open(path);
    if (!found) return tl::unexpected(found.error());
    if (const int error = set_times(found->file.number(), mtime_ns); error != 0)
        return refused(error);
    if (const auto status = status_of(found->file.number()); status && found->entry.md5)
        hashes_.remember(status->stamp, *found->entry.md5);
    tell(path);
    return {};
}

}  // namespace bm
