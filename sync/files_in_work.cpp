#include "sync/files_in_work.hpp"

namespace bm {

PathLocks::Name lock_of_change(const Project& project, const RelativePath& path) {
    return {project.path.string(), path.str()};
}

}  // namespace bm
