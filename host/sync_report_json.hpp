#pragma once

#include <optional>
#include <string_view>

#include "sync/reconcile.hpp"
#include "tools/tool.hpp"

namespace bm {

/// The report as scripts read it: `new`, `modified`, `deleted` as sorted lists, `moves` and
/// `checksums` as objects, `skipped_files`, `failed_files`, `total` (changes),
/// `observed_files_count` (files on disk).
Json sync_report_json(const SyncReport& report);

/// The report that a host has sent; nothing when `text` is none.
std::optional<SyncReport> sync_report_from_json(std::string_view text);

}  // namespace bm
