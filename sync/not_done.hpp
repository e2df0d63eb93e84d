#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/knowledge_base.hpp"

namespace bm {

/// What a change that is done for good has left undone: whole sentences for whoever asked for it.
using NotDone = std::vector<std::string>;

/// `what`, and the reason with a way out.
std::string undone_sentence(KnowledgeBase& knowledge, std::string_view what,
                            const std::exception& problem);

/// Runs a step that comes after the change; when it throws, that becomes a sentence in the log and
/// in `not_done`. Never throws.
template <class Step>
void attempt(KnowledgeBase& knowledge, NotDone& not_done, std::string_view what, Step&& step) {
    try {
        std::forward<Step>(step)();
    } catch (const std::exception& problem) {
        not_done.push_back(undone_sentence(knowledge, what, problem));
        knowledge.log()(LogLevel::error, not_done.back());
    }
}

}  // namespace bm
