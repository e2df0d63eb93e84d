#pragma once

#include <string>

#include "sync/reconcile.hpp"

namespace bm {

/// What a sync did, in numbers, on one line for the log. Pure.
std::string summary_line(const Project& project, const SyncReport& report);

}  // namespace bm
