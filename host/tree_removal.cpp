#include "host/tree_removal.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/open_folder.hpp"
#include "repository/file_status.hpp"
#include "repository/placed_file.hpp"

namespace bm {

namespace {

constexpr int kMostRemovalAttempts = 5;

Result<void> remove_in_state(int folder, const std::string& name, const FileStamp& expected) {
    Descriptor same(::dup(folder));
    if (!same) return file_fault(errno);
    return remove_placed(Place{std::move(same), name, name, {}}, &expected);
}

}  // namespace

Result<void> TreeRemoval::keep(int folder, const std::string& name, const std::string& path) {
    return care_ == nullptr ? Result<void>() : keep_at(folder, name, path, 0);
}

Result<void> TreeRemoval::keep_at(int folder, const std::string& name, const std::string& path,
                                  int depth) {
    const auto status = status_of(folder, name);
    // What is gone already needs no keeping.
    if (!status) return errno == ENOENT ? Result<void>() : file_fault(errno);
    if (!S_ISDIR(status->mode)) {
        if (const auto kept = care_->keep(folder, name, path, action_))
            kept_.insert(content_of(kept->stamp));
        return {};
    }
    if (depth > kDeepestFolder) return too_deep();
    const auto inner = open_folder(folder, name);
    if (!inner) return tl::unexpected(inner.error());
    const auto names = names_in(inner->get());
    if (!names) return tl::unexpected(names.error());
    for (const std::string& one : *names) {
        if (auto kept = keep_at(::dirfd(inner->get()), one, path + '/' + one, depth + 1); !kept)
            return kept;
    }
    return {};
}

Result<void> TreeRemoval::remove(int folder, const std::string& name, const std::string& path) {
    if (!status_of(folder, name)) return file_fault(errno);
    return remove_at(folder, name, path, 0);
}

Result<void> TreeRemoval::empty_folder(int folder, const std::string& name,
                                       const std::string& path) {
    return empty_at(folder, name, path, 0);
}

Result<void> TreeRemoval::remove_at(int folder, const std::string& name, const std::string& path,
                                    int depth) {
    const auto status = status_of(folder, name);
    if (!status) return errno == ENOENT ? Result<void>() : file_fault(errno);
    if (!S_ISDIR(status->mode)) return remove_file(folder, name, path);
    if (auto emptied = empty_at(folder, name, path, depth); !emptied) return emptied;
    if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
        return file_fault(errno);
    return {};
}

Result<void> TreeRemoval::empty_at(int folder, const std::string& name, const std::string& path,
                                   int depth) {
    if (depth > kDeepestFolder) return too_deep();
    const auto inner = open_folder(folder, name);
    if (!inner) return tl::unexpected(inner.error());
    const auto names = names_in(inner->get());
    if (!names) return tl::unexpected(names.error());
    for (const std::string& one : *names) {
        auto removed = remove_at(::dirfd(inner->get()), one, path + '/' + one, depth + 1);
        if (!removed) return removed;
    }
    return {};
}

Result<void> TreeRemoval::remove_file(int folder, const std::string& name,
                                      const std::string& path) {
    for (int attempt = 0; attempt < kMostRemovalAttempts; ++attempt) {
        const auto status = status_of(folder, name);
        if (!status) return errno == ENOENT ? Result<void>() : file_fault(errno);
        std::optional<KeptVersion> kept;
        if (care_ != nullptr && !kept_.contains(content_of(status->stamp)))
            kept = care_->keep(folder, name, path, action_);
        const bool is_kept =
            kept ? kept->stamp == status->stamp : kept_.contains(content_of(status->stamp));
        Result<void> removed;
        if (kept && !is_kept) {
            // It was replaced between two looks.
            removed = fail(Fault::conflict, kChangedMeanwhile);
        } else if (is_kept) {
            removed = remove_in_state(folder, name, status->stamp);
        } else if (::unlinkat(folder, name.c_str(), 0) != 0 && errno != ENOENT) {
            return file_fault(errno);
        }
        if (removed || removed.error().fault == Fault::not_found) return {};
        if (kept) kept->withdraw();
        if (removed.error().fault != Fault::conflict) return removed;
    }
    return fail(Fault::unavailable, "It keeps being changed by another program.");
}

Result<void> TreeRemoval::remove_expected(int folder, const std::string& name,
                                          const std::string& path, const FileStamp& expected) {
    std::optional<KeptVersion> kept;
    if (care_ != nullptr) kept = care_->keep(folder, name, path, action_);
    Result<void> removed;
    if (kept && kept->stamp != expected) {
        removed = fail(Fault::conflict, kChangedMeanwhile);
    } else {
        removed = remove_in_state(folder, name, expected);
    }
    if (!removed && kept) kept->withdraw();
    return removed;
}

}  // namespace bm
