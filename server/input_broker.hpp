#pragma once

#include <chrono>
#include <functional>
#include <string_view>
#include <variant>

#include "server/method.hpp"

namespace bm {

/// One run of a call: its result, an error, or what it needs to know.
using Step = std::variant<Json, ProtocolError, InputNeeded>;

/// A call that may ask its client while it runs.
struct ConversingCall {
    std::string_view method;
    std::string_view name;  ///< of the tool or prompt
    std::function<Step(const CallContext&)> run;
    /// The outcome for a client of a session that cannot be asked, or did not answer.
    std::function<Outcome(std::string reason)> give_up;
};

/// How long we wait for an answer of a client that may have to ask a person.
inline constexpr std::chrono::minutes longest_wait_for_answer{10};
/// Rounds of one call; a call that asks more often never ends.
inline constexpr int max_rounds = 32;

/// Runs the call until it has what it needs. A modern client is answered with the questions, and
/// the call is run again when it comes back with the answers and the unchanged state (MCP
/// 2026-07-28, multi round-trip requests): nothing is remembered here. The client of a session is
/// sent requests, and this thread waits for the answers. Nobody is asked for what he has not
/// declared: that is a missing capability (-32021) or, in a session, the call's way to give up.
[[nodiscard]] Outcome run_conversing(const Offering& offering, RequestContext& context,
                                     const ConversingCall& call);

/// A question as the revision writes it: an object with `method` and, where there are any,
/// `params`.
[[nodiscard]] Json encode_question(const Question& question, const RevisionPolicy& policy);

/// What a client must have declared to be asked.
[[nodiscard]] ClientAbilities needed_abilities(const InputNeeded& needed);

}  // namespace bm
