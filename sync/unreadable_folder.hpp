#pragma once

#include <map>
#include <string>

namespace bm {

/// What was in the way of a look at a folder, by its path as a walk gives it: with a '/' at its
/// end, "" for the root.
using Hindrances = std::map<std::string, std::string>;

/// What people are told of a folder below which nothing is known. One that is not among the
/// hindrances can be read: its disk is not mounted (see MountGuard).
std::string unreadable_sentence(const std::string& folder, const Hindrances& hindrances);

}  // namespace bm
