#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/knowledge_base.hpp"

/// Values that fit what a person has typed so far into an argument of a prompt or a resource
/// template.
namespace bm {

/// As many values as a client may be offered at once.
constexpr std::size_t kMaxCompletions = 100;

/// The choices that start with `typed`, then those that contain it, without regard to case.
std::vector<std::string> fitting(const std::vector<std::string>& choices, std::string_view typed);

/// Names of the projects that this server may work on.
std::vector<std::string> complete_project(KnowledgeBase& knowledge, std::string_view typed);
/// Common time frames.
std::vector<std::string> complete_timeframe(std::string_view typed);
/// Titles of notes whose words start as typed; the newest ones when nothing is typed.
std::vector<std::string> complete_title(KnowledgeBase& knowledge, const Project& project,
                                        std::string_view typed);
/// Permalinks that start as typed, then those that contain it.
std::vector<std::string> complete_permalink(KnowledgeBase& knowledge, const Project& project,
                                            std::string_view typed);

}  // namespace bm
