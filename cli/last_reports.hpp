#pragma once

#include <optional>
#include <string>

#include "cli/sync_session.hpp"

namespace bm {

/// `--report`: what the last run of each scope did, or that of one project. Of this machine: the
/// host is not asked, and nothing is synced.
int run_last_reports(Application& application, const CloudWork& work);

}  // namespace bm
