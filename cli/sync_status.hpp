#pragma once

#include "cloud/host_view.hpp"
#include "cloud/sync_settings.hpp"

namespace bm {

class Application;

/// Prints how the space stands, when it has been set up on this machine; nothing otherwise.
void print_space_status(Application& application, const SyncSettings& settings,
                        const HostView& view);

}  // namespace bm
