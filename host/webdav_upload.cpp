#include "host/webdav_upload.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/open_folder.hpp"
#include "markdown/text.hpp"
#include "repository/file_status.hpp"
#include "repository/placed_file.hpp"

namespace bm {

namespace {

constexpr mode_t kUploadMode = 0644;
constexpr int kMostUploadAttempts = 5;

tl::unexpected<Error> a_folder_has_it() { return fail(Fault::conflict, "A folder has that name."); }

/// Takes the folders away that the walk to a place has made, as far as nobody uses them.
void remove_grown(const Place& place) {
    const auto names = split(place.path, '/');
    const std::size_t made = place.grown.size();
    for (std::size_t back = 0; back < made && back + 1 < names.size(); ++back) {
        const std::string name(names[names.size() - 2 - back]);
        if (::unlinkat(place.grown[made - 1 - back].number(), name.c_str(), AT_REMOVEDIR) != 0)
            return;
    }
}

}  // namespace

WebDavUpload::WebDavUpload(const ServedTree& tree, std::string path, Place place, AtomicFile file,
                           bool with_sha1)
    : tree_(tree),
      path_(std::move(path)),
      place_(std::move(place)),
      file_(std::move(file)),
      md5_(OldDigest::md5) {
    if (with_sha1) sha1_.emplace(OldDigest::sha1);
}

WebDavUpload::~WebDavUpload() {
    file_.reset();
    if (!is_published_) remove_grown(place_);
}

Result<std::unique_ptr<WebDavUpload>> WebDavUpload::begin(const ServedTree& tree, std::string path,
                                                          bool with_sha1) {
    // An upload beside this one that fails may take a folder away between walk and file.
    for (bool is_last : {false, true}) {
        auto place = walk_to(tree.root, path, LastSegment::untouched, MissingFolders::make);
        if (!place) return tl::unexpected(place.error());
        const auto found = status_of(place->folder.number(), place->name);
        if (found && S_ISDIR(found->mode)) return a_folder_has_it();
        if (found && !S_ISREG(found->mode))
            return fail(Fault::conflict, "Something that is no file has that name.");
        auto file = AtomicFile::create(place->folder.number(), kUploadMode);
        if (!file && !is_last) continue;
        if (!file) {
            remove_grown(*place);
            return tl::unexpected(file.error());
        }
        if (found) file->look_like(*found);
        return std::unique_ptr<WebDavUpload>(new WebDavUpload(
            tree, std::move(path), *std::move(place), *std::move(file), with_sha1));
    }
    return fail(Fault::unavailable, kChangedMeanwhile);
}

Result<void> WebDavUpload::take(std::string_view piece) {
    md5_.add(piece);
    if (sha1_) sha1_->add(piece);
    return file_->write(piece);
}

const std::string& WebDavUpload::md5() {
    if (md5_text_.empty()) md5_text_ = md5_.finish();
    return md5_text_;
}

const std::string& WebDavUpload::sha1() {
    if (sha1_ && sha1_text_.empty()) sha1_text_ = sha1_->finish();
    return sha1_text_;
}

Result<bool> WebDavUpload::publish(std::optional<std::int64_t> mtime_ns,
                                   const UploadCondition& condition) {
    if (mtime_ns) {
        if (const int error = set_file_time(file_->descriptor(), *mtime_ns); error != 0)
            return file_fault(error);
    }
    if (auto synced = file_->sync(); !synced) return tl::unexpected(synced.error());
    auto published = publish_whole(condition);
    if (!published) return published;
    is_published_ = true;
    // Whatever has the name by now, these are our bytes.
    if (const auto status = status_of(file_->descriptor()))
        tree_.hashes->remember(status->stamp, md5());
    if (tree_.on_change) tree_.on_change(path_);
    if (auto synced = make_durable(); !synced) return tl::unexpected(synced.error());
    return published;
}

Result<bool> WebDavUpload::publish_whole(const UploadCondition& condition) {
    for (int attempt = 0; attempt < kMostUploadAttempts; ++attempt) {
        bool comes_again = false;
        auto done = try_once(condition, comes_again);
        if (done || !comes_again) return done;
    }
    return fail(Fault::unavailable, "It keeps being changed by another program.");
}

Result<bool> WebDavUpload::try_once(const UploadCondition& condition, bool& comes_again) {
    const auto found = status_of(place_.folder.number(), place_.name);
    if (!found && errno != ENOENT) return file_fault(errno);
    if (found && S_ISDIR(found->mode)) return a_folder_has_it();
    if (condition.expected && (!found || found->stamp != *condition.expected))
        return fail(Fault::conflict, kChangedMeanwhile);
    Result<void> done = found && !condition.must_be_new ? replace(*found, condition)
                                                        : file_->publish_new(place_.name);
    if (done) return found.has_value();
    const bool is_free = !condition.must_be_new && !condition.expected;
    comes_again = is_free && done.error().fault == Fault::conflict;
    return tl::unexpected(done.error());
}

Result<void> WebDavUpload::replace(const FileStatus& status, const UploadCondition& condition) {
    std::optional<KeptVersion> kept;
    if (tree_.care)
        kept = tree_.care->keep(place_.folder.number(), place_.name, path_,
                                HistoryAction::overwritten);
    if (!kept && !condition.expected) return file_->replace(place_.name);
    Result<void> replaced;
    if (kept && kept->stamp != status.stamp) {
        replaced = fail(Fault::conflict, kChangedMeanwhile);
    } else {
        replaced = file_->replace_expected(place_.name, status.stamp);
    }
    if (!replaced && kept) kept->withdraw();
    return replaced;
}

Result<void> WebDavUpload::make_durable() {
    for (const auto& folder : place_.grown) {
        if (auto synced = sync_folder(folder.number()); !synced) return synced;
    }
    return sync_folder(place_.folder.number());
}

}  // namespace bm
