#include "host/webdav_files.hpp"

#include <cerrno>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/open_folder.hpp"
#include "host/webdav_path.hpp"
#include "markdown/text.hpp"
#include "repository/file_status.hpp"

namespace bm {

namespace {

constexpr mode_t kNewFolderMode = 0755;
/// Nobody waits for a longer file to be read through before its first byte comes.
constexpr std::int64_t kLittle = std::int64_t{256} * 1024 * 1024;

std::string below(const std::string& folder, std::string_view name) {
    return folder.empty() ? std::string(name) : folder + '/' + std::string(name);
}

Descriptor open_to_read(const Place& place) {
    return Descriptor(::openat(place.folder.number(), place.name.c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

Result<void> sync_way_to(const Place& place) {
    for (const auto& folder : place.grown) {
        if (auto synced = sync_folder(folder.number()); !synced) return synced;
    }
    return sync_folder(place.folder.number());
}

/// Whether nobody writes it any more, whatever it was.
bool nobody_writes(const std::string& name, const FileStatus& status) {
    const auto changed = timestamp_from_ns(status.stamp.ctime_ns);
    return AtomicFile::is_abandoned(name, std::chrono::system_clock::to_time_t(changed),
                                    std::chrono::system_clock::to_time_t(system_now()));
}

}  // namespace

std::string WebDavEntry::tag() const { return md5 ? '"' + *md5 + '"' : std::string(); }

void WebDavFiles::tell(std::string_view path) const {
    if (tree_.on_change) tree_.on_change(path);
}

bool WebDavFiles::is_needed(std::string_view path) const {
    return tree_.care && tree_.care->needs_folder(path);
}

Result<Place> WebDavFiles::readable_place(const std::string& path) const {
    if (!path.empty()) return place_of(path);
    Descriptor root(::open(tree_.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) return file_fault(errno);
    return Place{std::move(root), ".", ".", {}};
}

Result<Place> WebDavFiles::place_of(const std::string& path) const {
    return walk_to(tree_.root, path, LastSegment::untouched, MissingFolders::refuse);
}

Result<std::optional<std::string>> WebDavFiles::md5_at(const Place& place, const FileStamp& stamp,
                                                       Hashing hashing) {
    if (hashing == Hashing::none) return std::nullopt;
    if (auto known = tree_.hashes->known(stamp)) return known;
    const Descriptor file = open_to_read(place);
    // What the host may not read is there all the same.
    if (!file && (errno == EACCES || errno == EPERM)) return std::nullopt;
    if (!file) return file_fault(errno);
    const auto longest =
        hashing == Hashing::little ? kLittle : std::numeric_limits<std::int64_t>::max();
    return tree_.hashes->of(file.number(), stamp, longest);
}

Result<WebDavEntry> WebDavFiles::entry_at(const Place& place, const std::string& path,
                                          Hashing hashing) {
    const auto status = status_of(place.folder.number(), place.name);
    if (!status) return file_fault(errno);
    WebDavEntry entry{path, S_ISDIR(status->mode), status->stamp, std::nullopt};
    if (entry.is_folder) return entry;
    if (!S_ISREG(status->mode)) return fail(Fault::not_found, "It is no file.");
    auto md5 = md5_at(place, entry.stamp, hashing);
    if (!md5) return tl::unexpected(md5.error());
    entry.md5 = *std::move(md5);
    return entry;
}

Result<WebDavEntry> WebDavFiles::find(const std::string& path, Hashing hashing) {
    return readable_place(path).and_then(
        [&](const Place& place) { return entry_at(place, path, hashing); });
}

Result<std::size_t> WebDavFiles::list(const std::string& path,
                                      const std::function<bool(const WebDavEntry&)>& take) {
    auto place = readable_place(path);
    if (!place) return tl::unexpected(place.error());
    const auto folder = open_folder(place->folder.number(), place->name);
    if (!folder) return tl::unexpected(folder.error());
    const int number = ::dirfd(folder->get());
    std::size_t left_out = 0;
    errno = 0;
    while (const dirent* found = ::readdir(folder->get())) {
        const std::string name = found->d_name;
        errno = 0;
        if (is_dots(name)) continue;
        if (AtomicFile::is_unpublished(name)) {
            const auto status = status_of(number, name);
            if (status && nobody_writes(name, *status)) {
                (void)TreeRemoval(tree_.care.get(), HistoryAction::deleted)
                    .remove(number, name, below(path, name));
            }
            errno = 0;
            continue;
        }
        if (!is_webdav_path(below(path, name))) {
            ++left_out;
            continue;
        }
        const Place inside{Descriptor(::dup(number)), name, below(path, name), {}};
        if (!inside.folder) return file_fault(errno);
        const auto entry = entry_at(inside, below(path, name), Hashing::all);
        // What goes while the list is made is not in it.
        if (!entry && entry.error().fault != Fault::not_found) return tl::unexpected(entry.error());
        if (entry && !take(*entry)) return left_out;
        errno = 0;
    }
    if (errno != 0) return file_fault(errno);
    return left_out;
}

Result<WebDavFiles::OpenFile> WebDavFiles::open(const std::string& path, Hashing hashing) {
    auto place = readable_place(path);
    if (!place) return tl::unexpected(place.error());
    auto entry = entry_at(*place, path, Hashing::none);
    if (!entry) return tl::unexpected(entry.error());
    if (entry->is_folder) return fail(Fault::conflict, "It is a folder.");
    Descriptor file = open_to_read(*place);
    if (!file) return file_fault(errno);
    // What is sent is what was opened, whatever has the name by now.
    const auto status = status_of(file.number());
    if (!status) return file_fault(errno);
    entry->stamp = status->stamp;
    if (hashing != Hashing::none) {
        entry->md5 = tree_.hashes->of(
            file.number(), status->stamp,
            hashing == Hashing::little ? kLittle : std::numeric_limits<std::int64_t>::max());
    }
    return OpenFile{std::move(file), *std::move(entry)};
}

Result<void> WebDavFiles::remove(const std::string& path,
                                 const std::optional<FileStamp>& expected) {
    auto place = place_of(path);
    if (!place) return tl::unexpected(place.error());
    TreeRemoval removal(tree_.care.get(), HistoryAction::deleted);
    const int folder = place->folder.number();
    Result<void> removed;
    if (expected) {
        removed = removal.remove_expected(folder, place->name, path, *expected);
    } else if (is_needed(path)) {
        removed = removal.empty_folder(folder, place->name, path);
    } else {
        removed = removal.remove(folder, place->name, path);
        if (removed && tree_.care) tree_.care->gone(path);
    }
    // Where it failed halfway something may have gone.
    tell(path);
    if (!removed) return removed;
    return sync_folder(folder);
}

Result<void> WebDavFiles::make_folder(const std::string& path) {
    if (path.empty()) return fail(Fault::conflict, "It is there already.");
    auto place = place_of(path);
    if (!place) return tl::unexpected(place.error());
    if (::mkdirat(place->folder.number(), place->name.c_str(), kNewFolderMode) != 0)
        return file_fault(errno);
    tell(path);
    return sync_way_to(*place);
}

Result<WebDavFiles::Way> WebDavFiles::way(const std::string& from, const std::string& to,
                                          bool overwrite) {
    auto source = place_of(from);
    if (!source) return tl::unexpected(source.error());
    const auto status = status_of(source->folder.number(), source->name);
    if (!status) return file_fault(errno);
    if (!S_ISDIR(status->mode) && !S_ISREG(status->mode))
        return fail(Fault::not_found, "It is no file.");
    auto target = place_of(to);
    // A folder above that is not there is in the way of the move, not of the source.
    if (!target && target.error().fault == Fault::not_found)
        return fail(Fault::conflict, "The folder of the destination is not there.");
    if (!target) return tl::unexpected(target.error());
    if (is_inside(target->path, source->path) || is_inside(source->path, target->path))
        return fail(Fault::forbidden,
                    "Nothing can take its own place, or one in itself or around it.");
    Way found{*std::move(source), *std::move(target), S_ISDIR(status->mode), std::nullopt};
    const auto taken = status_of(found.to.folder.number(), found.to.name);
    if (!taken && errno != ENOENT) return file_fault(errno);
    if (taken && !overwrite) return fail(Fault::conflict, "Something of that name is there.");
    if (taken && taken->device == status->device && taken->stamp.inode == status->stamp.inode)
        return fail(Fault::forbidden, "Both names are those of one file.");
    if (taken) found.to_is_folder = S_ISDIR(taken->mode);
    if (is_needed(to) && !found.from_is_folder)
        return fail(Fault::forbidden, "A project's folder has that name.");
    return found;
}

Result<void> WebDavFiles::put_in_place(int folder, const std::string& name, const Way& way,
                                       const std::string& to, bool overwrite) {
    constexpr int most_attempts = 5;
    const int target = way.to.folder.number();
    if (!overwrite || !way.to_is_folder) {
        bool crosses_devices = false;
        auto renamed = rename_without_replacing(folder, name, target, way.to.name, crosses_devices);
        return crosses_devices ? file_fault(EXDEV) : renamed;
    }
    TreeRemoval old(tree_.care.get(), HistoryAction::overwritten);
    if (auto kept = old.keep(target, way.to.name, to); !kept) return kept;
    const std::string aside = AtomicFile::unpublished_name();
    int place_of_old = folder;
    if (::renameat2(folder, name.c_str(), target, way.to.name.c_str(), RENAME_EXCHANGE) == 0) {
        // What was replaced has the name of what replaced it for a moment, and is whole.
        if (::renameat(folder, name.c_str(), folder, aside.c_str()) != 0) return file_fault(errno);
    } else {
        // Some file systems cannot exchange two names.
        if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return file_fault(errno);
        if (::renameat(target, way.to.name.c_str(), target, aside.c_str()) != 0)
            return file_fault(errno);
        if (::renameat(folder, name.c_str(), target, way.to.name.c_str()) != 0) {
            const int error = errno;
            (void)::renameat(target, aside.c_str(), target, way.to.name.c_str());
            return file_fault(error);
        }
        place_of_old = target;
    }
    // Somebody who has the folder open may still write into it; that is kept, too.
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        if (old.remove(place_of_old, aside, to)) break;
    }
    return {};
}

Result<bool> WebDavFiles::move(const std::string& from, const std::string& to, bool overwrite) {
    const auto way = this->way(from, to, overwrite);
    if (!way) return tl::unexpected(way.error());
    const int source = way->from.folder.number();
    const auto moved = put_in_place(source, way->from.name, *way, to, overwrite);
    if (!moved) return tl::unexpected(moved.error());
    if (is_needed(from)) {
        (void)::mkdirat(source, way->from.name.c_str(), kNewFolderMode);
    } else if (tree_.care) {
        tree_.care->gone(from);
    }
    tell(from);
    tell(to);
    auto synced = sync_way_to(way->to).and_then([&] { return sync_folder(source); });
    if (!synced) return tl::unexpected(synced.error());
    return way->to_is_folder.has_value();
}

Result<bool> WebDavFiles::copy(const std::string& from, const std::string& to, bool overwrite,
                               CopyDepth depth) {
    const auto way = this->way(from, to, overwrite);
    if (!way) return tl::unexpected(way.error());
    const bool is_file_for_file = !way->from_is_folder && !way->to_is_folder.value_or(false);
    const auto copied =
        is_file_for_file ? copy_file(from, to, overwrite) : copy_hidden(*way, to, overwrite, depth);
    if (!copied) return tl::unexpected(copied.error());
    return way->to_is_folder.has_value();
}

Result<void> WebDavFiles::copy_file(const std::string& from, const std::string& to,
                                    bool overwrite) {
    auto source = open(from, Hashing::none);
    if (!source) return tl::unexpected(source.error());
    auto upload = begin_upload(to, false);
    if (!upload) return tl::unexpected(upload.error());
    std::string piece(64 * std::size_t{1024}, '\0');
    while (true) {
        const ssize_t got = ::read(source->file.number(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_fault(errno);
        if (got == 0) break;
        if (auto taken = (*upload)->take({piece.data(), static_cast<std::size_t>(got)}); !taken)
            return taken;
    }
    return (*upload)
        ->publish(source->entry.stamp.mtime_ns, {.must_be_new = !overwrite})
        .map([](bool) {});
}

Result<void> WebDavFiles::copy_hidden(const Way& way, const std::string& to, bool overwrite,
                                      CopyDepth depth) {
    const int target = way.to.folder.number();
    const std::string hidden = AtomicFile::unpublished_name();
    auto done =
        copy_tree(way.from.folder.number(), way.from.name, target, hidden, depth, *tree_.hashes)
            .and_then([&] { return put_in_place(target, hidden, way, to, overwrite); });
    if (!done) {
        (void)TreeRemoval(nullptr, HistoryAction::deleted).remove(target, hidden, to);
        return done;
    }
    tell(to);
    return sync_way_to(way.to);
}

Result<void> WebDavFiles::set_time(const std::string& path, std::int64_t mtime_ns) {
    auto found = open(path, Hashing::none);
    if (!found) return tl::unexpected(found.error());
    const auto md5 = tree_.hashes->known(found->entry.stamp);
    const int file = found->file.number();
    if (const int error = set_file_time(file, mtime_ns); error != 0) return file_fault(error);
    // The bytes are the same unless somebody wrote meanwhile: then they are longer, or newer.
    const auto status = status_of(file);
    if (status && md5 && status->stamp.size == found->entry.stamp.size)
        tree_.hashes->remember(status->stamp, *md5);
    tell(path);
    return {};
}

}  // namespace bm
