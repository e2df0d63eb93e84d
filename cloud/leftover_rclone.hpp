#pragma once

#include <chrono>

#include "cloud/scope.hpp"

namespace bm {

/// Ends an rclone that a command of ours has left behind on this scope: it works with our words on
/// this state directory, its environment names the process that state.json names, and that is its
/// parent no more. It is asked first, and killed after `grace`. False when any of that is not so,
/// or when it could not be ended: then it is somebody else's. The caller holds the sync lock.
bool end_leftover_rclone(const CloudScope& scope, int pid, std::chrono::milliseconds grace);

}  // namespace bm
