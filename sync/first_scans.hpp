#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "repository/clock.hpp"
#include "repository/descriptor.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// Says to all processes, as long as it lives, that somebody scans in the background whatever was
/// never scanned. Where nothing can be locked it says nothing.
class ScanService {
public:
    explicit ScanService(const KnowledgeBase& knowledge);

private:
    Descriptor file_;
};

/// When the last one of those who scan in the background began; none when nobody does.
std::optional<Timestamp> scanned_in_background_since(const KnowledgeBase& knowledge);

/// Waits for the first scans of these projects until five seconds after they became known and
/// somebody began to scan: a small project is there in a moment, so that an answer about it does
/// not depend on who was first. Renews the rows, since the index may have been replaced. False at
/// once when nobody scans in the background.
bool wait_for_first_scans(KnowledgeBase& knowledge, std::vector<Project>& projects,
                          const std::stop_token& stop);

/// Of a folder that is not there no index is being built.
bool can_be_scanned(const Project& project);

/// A sentence about projects, by name, that a search has met before their first scan was finished.
std::string unscanned_sentence(const std::vector<std::string>& projects);

}  // namespace bm
