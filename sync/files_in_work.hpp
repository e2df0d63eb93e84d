#pragma once

#include "repository/file_lock.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// What is locked by whoever changes a file of a project with this program, from before the file
/// changes until its rows are committed. `path` leads over no symbolic link.
PathLocks::Name lock_of_change(const Project& project, const RelativePath& path);

/// Files whose rows are about to be committed by somebody else. To be made and asked inside of a
/// write to the index, about files that were looked at before it began: whoever is not at work now
/// has committed already, or begins after that look and commits after this write. So nobody waits
/// for anybody. One thread.
class FilesInWork {
public:
    FilesInWork(KnowledgeBase& knowledge, const Project& project)
        : project_(project), look_(knowledge.locks()) {}

    /// True for others now and then, too.
    [[nodiscard]] bool contains(const RelativePath& path) {
        return look_.is_locked(lock_of_change(project_, path));
    }

private:
    const Project& project_;
    PathLocks::Look look_;
};

}  // namespace bm
