#include "sync/changes.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "sync/row_stamp.hpp"

namespace bm {

ChangeFinder::ChangeFinder(NextRow next_row, bool everything, MayDiffer may_differ)
    : next_row_(std::move(next_row)), everything_(everything), may_differ_(std::move(may_differ)) {
    take_row();
}

void ChangeFinder::take_row() {
    row_ = next_row_();
    if (row_) has_seen_no_row_ = false;
}

void ChangeFinder::file(SeenFile seen) {
    while (row_ && row_->path < seen.path) {
        differences_.gone.push_back(*std::move(row_));
        take_row();
    }
    if (!row_ || row_->path != seen.path) {
        differences_.added.push_back(std::move(seen));
        return;
    }
    if (everything_ || !is_stamp_of(row_->stamp, seen.stamp) || may_differ_(seen, *row_)) {
        differences_.touched.push_back({std::move(seen), *std::move(row_)});
    } else {
        ++differences_.unchanged;
    }
    take_row();
}

Differences ChangeFinder::finish(std::span<const std::string> unreadable_folders) {
    for (; row_; take_row()) differences_.gone.push_back(*std::move(row_));
    const auto nobody_knows = [&](const IndexedFile& row) {
        return std::any_of(
            unreadable_folders.begin(), unreadable_folders.end(),
            [&](const std::string& folder) { return row.path.str().starts_with(folder); });
    };
    differences_.unchanged +=
        static_cast<std::int64_t>(std::erase_if(differences_.gone, nobody_knows));
    return std::move(differences_);
}

namespace {

/// Rows whose files are gone, to be found by what a renamed file keeps.
class GoneFiles {
public:
    explicit GoneFiles(const std::vector<IndexedFile>& gone)
        : gone_(gone), is_left_(gone.size(), true) {
        for (std::size_t i = 0; i < gone.size(); ++i) {
            by_identity_.emplace(std::pair(gone[i].checksum, gone[i].stamp.inode), i);
            by_checksum_.emplace(gone[i].checksum, i);
            by_inode_.emplace(gone[i].stamp.inode, i);
        }
    }

    /// The same file with the same bytes.
    std::optional<std::size_t> take_by_identity(const MeasuredFile& file) {
        return take_first(by_identity_, std::pair(file.checksum, file.stamp.inode));
    }

    std::optional<std::size_t> take_by_checksum(const MeasuredFile& file) {
        return take_first(by_checksum_, file.checksum);
    }

    /// Inodes are used again soon: a file that was made after the row's was last seen is another.
    std::optional<std::size_t> take_by_inode(const MeasuredFile& file) {
        const auto [first, last] = by_inode_.equal_range(file.stamp.inode);
        for (auto each = first; each != last; ++each) {
            const auto last_seen = std::chrono::nanoseconds(gone_[each->second].stamp.ctime_ns);
            if (is_left_[each->second] && file.born.time_since_epoch() <= last_seen) {
                return take(each->second);
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] bool is_left(std::size_t index) const { return is_left_[index]; }

private:
    std::size_t take(std::size_t index) {
        is_left_[index] = false;
        return index;
    }

    /// What was taken under another key goes on the way: it is passed over once, not each time.
    template <class Key>
    std::optional<std::size_t> take_first(std::multimap<Key, std::size_t>& files, const Key& key) {
        auto each = files.lower_bound(key);
        while (each != files.end() && each->first == key) {
            const std::size_t index = each->second;
            each = files.erase(each);
            if (is_left_[index]) return take(index);
        }
        return std::nullopt;
    }

    const std::vector<IndexedFile>& gone_;
    std::vector<bool> is_left_;
    std::multimap<std::pair<Checksum, std::int64_t>, std::size_t> by_identity_;
    std::multimap<Checksum, std::size_t> by_checksum_;
    std::multimap<std::int64_t, std::size_t> by_inode_;
};

}  // namespace

std::vector<MovedFile> take_moves(Differences& differences,
                                  std::span<const std::optional<MeasuredFile>> measured) {
    GoneFiles gone(differences.gone);
    std::vector<std::optional<std::size_t>> origins(differences.added.size());
    const std::size_t known = std::min(measured.size(), origins.size());
    // A file that was only renamed comes before another with the same bytes.
    for (std::size_t i = 0; i < known; ++i) {
        if (measured[i]) origins[i] = gone.take_by_identity(*measured[i]);
    }
    for (std::size_t i = 0; i < known; ++i) {
        if (measured[i] && !origins[i]) origins[i] = gone.take_by_checksum(*measured[i]);
    }
    for (std::size_t i = 0; i < known; ++i) {
        if (measured[i] && !origins[i]) origins[i] = gone.take_by_inode(*measured[i]);
    }
    std::vector<MovedFile> moves;
    std::vector<SeenFile> added;
    for (std::size_t i = 0; i < origins.size(); ++i) {
        if (origins[i]) {
            moves.push_back({differences.gone[*origins[i]], std::move(differences.added[i])});
        } else {
            added.push_back(std::move(differences.added[i]));
        }
    }
    std::vector<IndexedFile> still_gone;
    for (std::size_t i = 0; i < differences.gone.size(); ++i) {
        if (gone.is_left(i)) still_gone.push_back(std::move(differences.gone[i]));
    }
    differences.added = std::move(added);
    differences.gone = std::move(still_gone);
    return moves;
}

}  // namespace bm
