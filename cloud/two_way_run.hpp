#pragma once

#include "cloud/scope.hpp"
#include "cloud/sync_context.hpp"
#include "cloud/sync_profile.hpp"

namespace bm {

/// Brings both sides of a scope in step, or establishes the first baseline (`resync`). Nothing that
/// anybody saved is lost: what a run replaces or deletes here goes to the scope's trash, of a
/// conflict both versions stay, and a run that would delete many files stops before it deletes one.
/// The caller holds the sync lock. The report tells everything, failures
/// among it; state.json and the history are up to date when it returns.
CloudReport run_two_way(SyncContext& context, const ReadyRclone& rclone, const CloudScope& scope,
                        const ScopeFilter& filter, const SyncWish& wish);

}  // namespace bm
