#include "server/input_broker.hpp"

#include <deque>
#include <string>
#include <utility>

#include "markdown/result.hpp"
#include "server/call_context.hpp"
#include "server/client_abilities.hpp"
#include "server/state_sealer.hpp"

namespace bm {
namespace {

/// What a modern request brings from the rounds before it.
struct Returned {
    Answers answers;
    CallState state{0, nullptr};
};

ProtocolError bad_state() {
    return {error_code::invalid_params,
            "requestState is not one that was given out for this call, or is too old",
            {{"reason", "invalid_request_state"}}};
}

OrError<Returned> returned(const StateSealer& states, const RequestContext& context,
                           const StateOwner& owner) {
    Returned out;
    const Json& params = context.params;
    if (const auto answers = params.find("inputResponses"); answers != params.end()) {
        if (!answers->is_object()) {
            return refuse(error_code::invalid_params, "inputResponses is not an object");
        }
        out.answers = Answers(*answers);
    }
    if (const auto text = params.find("requestState"); text != params.end()) {
        if (!text->is_string()) return tl::unexpected(bad_state());
        auto state = states.open(owner, text->get_ref<const std::string&>());
        if (!state) return tl::unexpected(bad_state());
        out.state = *std::move(state);
    }
    return out;
}

Json input_required(const InputNeeded& needed, const RevisionPolicy& policy) {
    Json requests = Json::object();
    for (const auto& [key, question] : needed.questions) {
        requests[key] = encode_question(question, policy);
    }
    Json out = {{"resultType", "input_required"}};
    out["inputRequests"] = std::move(requests);
    return out;
}

Outcome run_modern(const Offering& offering, RequestContext& context, const ConversingCall& call) {
    const StateOwner owner{call.method, call.name, context.params, owner_of(context)};
    auto brought = returned(*offering.states, context, owner);
    if (!brought) return brought.error();
    CallContext run = call_context(context);
    run.answers = std::move(brought->answers);
    run.state = std::move(brought->state.data);
    return std::visit(
        Match{[](Json&& result) -> Outcome { return std::move(result); },
              [](ProtocolError&& error) -> Outcome { return std::move(error); },
              [&](InputNeeded&& needed) -> Outcome {
                  if (auto missing = missing_abilities(run.client, needed_abilities(needed))) {
                      return *std::move(missing);
                  }
                  Json result = input_required(needed, context.policy);
                  if (!needed.state.is_null()) {
                      result["requestState"] = offering.states->seal(
                          owner, {brought->state.round + 1, std::move(needed.state)});
                  }
                  return result;
              }},
        call.run(run));
}

/// Puts all questions to the client of a session and waits for all answers.
OrError<Answers> ask(const InputNeeded& needed, RequestContext& context) {
    ServerRequests& requests = context.session->requests();
    std::deque<ServerRequests::Pending> pending;
    for (const auto& [key, question] : needed.questions) {
        const auto& one = pending.emplace_back(requests);
        context.emitter.ask(one.id(), encode_question(question, context.policy));
    }
    const Moment deadline = steady_now() + longest_wait_for_answer;
    Json values = Json::object();
    for (std::size_t i = 0; i < pending.size(); ++i) {
        const auto answer = pending[i].wait(context.cancelled, deadline);
        if (!answer) {
            for (; i < pending.size(); ++i) context.emitter.withdraw(pending[i].id());
            return refuse(error_code::internal, "The client did not answer.");
        }
        if (!answer->contains("result")) {
            return refuse(error_code::internal, "The client refused to answer.");
        }
        values[needed.questions[i].key] = answer->at("result");
    }
    return Answers(values);
}

Outcome run_in_session(RequestContext& context, const ConversingCall& call) {
    CallContext run = call_context(context);
    for (int round = 0; round < max_rounds; ++round) {
        Step step = call.run(run);
        if (auto* result = std::get_if<Json>(&step)) return std::move(*result);
        if (auto* error = std::get_if<ProtocolError>(&step)) return std::move(*error);
        auto& needed = std::get<InputNeeded>(step);
        if (context.session == nullptr || !context.emitter.reaches_client() ||
            !run.client.covers(needed_abilities(needed))) {
            return call.give_up(std::move(needed.otherwise));
        }
        auto answers = ask(needed, context);
        if (!answers) return call.give_up(std::move(answers.error().message));
        run.answers = *std::move(answers);
        run.state = std::move(needed.state);
    }
    return call.give_up("The call asked too often.");
}

Json form_params(const FormQuestion& form, const RevisionPolicy& policy) {
    Json params = Json::object();
    if (policy.elicitation_mode) params["mode"] = "form";
    params["message"] = form.message;
    params["requestedSchema"] = form.schema;
    return params;
}

Json sampling_params(const SamplingQuestion& sampling) {
    Json message = {{"role", "user"}, {"content", {{"type", "text"}, {"text", sampling.prompt}}}};
    return {{"messages", Json::array({std::move(message)})}, {"maxTokens", sampling.max_tokens}};
}

}  // namespace

Outcome run_conversing(const Offering& offering, RequestContext& context,
                       const ConversingCall& call) {
    return context.policy.modern ? run_modern(offering, context, call)
                                 : run_in_session(context, call);
}

Json encode_question(const Question& question, const RevisionPolicy& policy) {
    return std::visit(Match{[&](const FormQuestion& form) {
                                return Json{{"method", "elicitation/create"},
                                            {"params", form_params(form, policy)}};
                            },
                            [](const SamplingQuestion& sampling) {
                                return Json{{"method", "sampling/createMessage"},
                                            {"params", sampling_params(sampling)}};
                            },
                            [](const RootsQuestion&) {
                                return Json{{"method", "roots/list"}};
                            }},
                      question);
}

ClientAbilities needed_abilities(const InputNeeded& needed) {
    ClientAbilities out;
    for (const auto& [key, question] : needed.questions) {
        out.forms = out.forms || std::holds_alternative<FormQuestion>(question);
        out.sampling = out.sampling || std::holds_alternative<SamplingQuestion>(question);
        out.roots = out.roots || std::holds_alternative<RootsQuestion>(question);
    }
    return out;
}

}  // namespace bm
