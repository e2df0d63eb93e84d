#include <utility>

#include <poll.h>

#include "cli/commands.hpp"
#include "cli/watch_printer.hpp"
#include "server/stop_signals.hpp"
#include "sync/watcher.hpp"

namespace bm {

int run_watch(Application& application) {
    if (application.works_on_cloud()) {
        CloudBisyncCommand watching;
        watching.watch = true;
        return run_cloud_sync(application, watching);
    }
    KnowledgeBase& knowledge = application.knowledge();
    if (const auto usable = knowledge.check_config(); !usable) {
        return fail_command(application, usable.error().message);
    }
    if (!knowledge.config()->sync_changes) {
        return fail_command(application, "Watching is switched off: sync_changes is false in " +
                                             application.directory().config().string() + '.');
    }
    const StopSignals signals;
    WatchPrinter printer(application.terminal());
    Watcher::Options options;
    options.listener = printer.listener();
    application.terminal().error("Watching for changes. Press Ctrl+C to stop.");
    const Watcher watcher(knowledge, std::move(options));
    pollfd source{signals.fd(), POLLIN, 0};
    while (::poll(&source, 1, -1) < 1) {
    }
    return signals.was_interrupt() ? kExitInterrupted : 0;
}

}  // namespace bm
