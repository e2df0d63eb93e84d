#pragma once

#include <string>

#include "tools/json.hpp"
#include "tools/tool.hpp"

namespace bm {

/// What came of a wish about the cloud.
struct CloudSyncAnswer {
    std::string text;  ///< for a model
    Json object;       ///< the same for programs
    bool failed = false;
};

/// This machine's side of the cloud, as tools see it: a port, filled by whoever knows the cloud. An
/// empty project is the space, which has all projects without folders of their own. Thread-safe;
/// neither function throws for what a host, a disk or a caller can cause.
class CloudSync {
public:
    CloudSync() = default;
    CloudSync(const CloudSync&) = delete;
    CloudSync& operator=(const CloudSync&) = delete;
    virtual ~CloudSync() = default;

    /// What is kept in step, and how far; changes nothing.
    [[nodiscard]] virtual CloudSyncAnswer status(const std::string& project) = 0;
    /// One run in both directions with every guard there is, or a look at what it would do.
    /// Without such a look before, a run is refused. Tells `call` how far it is, and ends when
    /// that is cancelled.
    [[nodiscard]] virtual CloudSyncAnswer sync(const CallContext& call, const std::string& project,
                                               bool dry_run) = 0;
};

}  // namespace bm
