#include "sync/link_settling.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "sync/link_resolver.hpp"

namespace bm {

namespace {

// A transaction keeps other writers waiting: some 100 ms at a terminal, a few beside tool calls.
constexpr std::size_t kForegroundPage = 4096;
constexpr std::size_t kBackgroundPage = 250;
constexpr std::chrono::milliseconds kPauseBetweenPages{2};

/// Most links name a note exactly; what is left is resolved by the finer rules.
void settle_page(Tables& tables, ProjectId project, const LinkRange& page) {
    tables.graph.resolve_exact(project, page);
    std::map<std::string, std::optional<EntityId>> known;
    for (const auto& link : tables.graph.waiting(project, page)) {
        const auto [found, is_new] = known.try_emplace(link.to_name);
        if (is_new) found->second = resolve_link(tables, project, link.to_name);
        if (found->second) tables.graph.set_target(link.id, found->second);
    }
}

/// False when more became pending or a stop was asked for.
bool settle_pages(Index& index, ProjectId project, const PendingState& pending, bool in_background,
                  const std::stop_token& stop) {
    const bool are_all = pending.links == PendingLinks::all;
    RelationId after{0};
    while (!stop.stop_requested()) {
        bool is_last = false;
        bool is_settled = false;
        index.write([&](Tables& tables) {
            const auto page = tables.graph.next_links(
                project, after, in_background ? kBackgroundPage : kForegroundPage, !are_all);
            is_last = !page;
            if (is_last) {
                is_settled = tables.projects.clear_pending_links(project, pending);
                return;
            }
            if (are_all) tables.graph.unlink(project, *page);
            settle_page(tables, project, *page);
            after = page->last;
        });
        if (is_last) return is_settled;
        if (in_background) std::this_thread::sleep_for(kPauseBetweenPages);
    }
    return false;
}

}  // namespace

void settle_pending_links(Index& index, ProjectId project, bool in_background,
                          const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const PendingState pending =
            index.read([&](Tables& tables) { return tables.projects.pending_links(project); });
        if (pending.links == PendingLinks::none) return;
        if (settle_pages(index, project, pending, in_background, stop)) return;
    }
}

}  // namespace bm
