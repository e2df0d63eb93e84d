#pragma once

#include <string>
#include <vector>

#include "cloud/file_set.hpp"
#include "cloud/host_view.hpp"
#include "cloud/sync_context.hpp"

/// Transfers of a project that need no baseline and leave it alone.
namespace bm {

enum class ExchangeWay { push, pull };

/// What becomes of a file that both sides have with different bytes.
enum class OnDifference {
    fail,        ///< nothing is moved at all
    keep_local,  ///< the version here wins
    keep_cloud,  ///< the version there wins
    keep_both,   ///< what comes gets a name of its own
};

struct ExchangeWish {
    ExchangeWay way = ExchangeWay::push;
    OnDifference on_difference = OnDifference::fail;
    std::string command;  ///< as the user typed it, for hints: `bm cloud push --name p`
    bool dry_run = false;
};

/// Adds what the other side lacks, deletes nothing. What it replaces, here or in the cloud, is in
/// the trash before. What is changed here while it fetches is left alone, with a warning. Faults
/// besides those of every sync: sides_differ, local_missing, side_empty. The caller holds the sync
/// lock.
CloudReport exchange_project(SyncContext& context, const HostView& view, const std::string& name,
                             const ExchangeWish& wish);

/// The files of a project in the cloud that .bmignore leaves out. Reads only.
CloudResult<std::vector<std::string>> unwanted_in_cloud(SyncContext& context, const HostView& view,
                                                        const std::string& name);
/// Whether the project is here, and with it its own .bmignore: without that, files that it lets in
/// seem to be unwanted.
bool knows_rules_of(const SyncContext& context, const HostView& view, const std::string& name);
/// Deletes exactly those. The caller holds the sync lock, and has asked.
CloudResult<void> delete_in_cloud(SyncContext& context, const HostView& view,
                                  const std::string& name, const std::vector<std::string>& files);

}  // namespace bm
