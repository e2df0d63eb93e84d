#pragma once

#include <thread>

#include "sync/knowledge_base.hpp"

namespace bm {

/// Brings every project in step with its files, on a thread of its own, while tool calls are
/// answered already: each one once at the start, later those of KnowledgeBase::wishes. Sleeps in
/// between. Ends early when destroyed.
class BackgroundSync {
public:
    explicit BackgroundSync(KnowledgeBase& knowledge);

private:
    std::jthread thread_;
};

}  // namespace bm
