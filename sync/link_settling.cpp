#include "sync/link_settling.hpp"

#include <map>
#include <optional>
#include <string>

#include "sync/link_resolver.hpp"

namespace bm {

namespace {

constexpr std::size_t kWaitingPage = 250;

/// What is left waiting is resolved by the finer rules. False when more became pending or a stop
/// was asked for.
bool settle_pages(Index& index, ProjectId project, const PendingState& pending,
                  const std::stop_token& stop) {
    std::map<std::string, std::optional<EntityId>> known;
    RelationId after{0};
    while (!stop.stop_requested()) {
        bool is_last = false;
        bool is_settled = false;
        index.write([&](Tables& tables) {
            const auto page = tables.graph.waiting(project, after, kWaitingPage);
            known.clear();
            for (const auto& link : page) {
                const auto [found, is_new] = known.try_emplace(link.to_name);
                if (is_new) found->second = resolve_link(tables, project, link.to_name);
                if (found->second) tables.graph.set_target(link.id, found->second);
                after = link.id;
            }
            is_last = page.size() < kWaitingPage;
            if (is_last) is_settled = tables.projects.clear_pending_links(project, pending);
        });
        if (is_last) return is_settled;
    }
    return false;
}

}  // namespace

void settle_pending_links(Index& index, ProjectId project, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const PendingState pending =
            index.read([&](Tables& tables) { return tables.projects.pending_links(project); });
        if (pending.links == PendingLinks::none) return;
        index.write([&](Tables& tables) {
            if (pending.links == PendingLinks::all) tables.graph.unlink_all(project);
            tables.graph.resolve_all_exact(project);
        });
        if (settle_pages(index, project, pending, stop)) return;
    }
}

}  // namespace bm
