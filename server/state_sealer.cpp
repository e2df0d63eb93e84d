#include "server/state_sealer.hpp"

#include <utility>

#include "server/json_document.hpp"

namespace bm {
namespace {

constexpr int state_version = 1;

std::int64_t seconds(std::chrono::system_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// The parameters that make a call what it is, in one spelling: members by name.
nlohmann::json lasting_params(const Json& params) {
    nlohmann::json out = nlohmann::json::object();
    for (const auto& [name, value] : params.items()) {
        if (name == "_meta" || name == "inputResponses" || name == "requestState") continue;
        out[name] = nlohmann::json::parse(compact_text(value));
    }
    return out;
}

std::string context_of(const StateOwner& owner) {
    const nlohmann::json parts = {state_version, std::string(owner.method), std::string(owner.name),
                                  std::string(owner.principal), lasting_params(owner.params)};
    return parts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<CallState> state_of(const Json& payload, std::int64_t now) {
    const auto expiry = payload.find("exp");
    const auto round = payload.find("round");
    const auto data = payload.find("data");
    if (expiry == payload.end() || round == payload.end() || data == payload.end() ||
        expiry->get<std::int64_t>() <= now) {
        return std::nullopt;
    }
    return CallState{round->get<int>(), *data};
}

}  // namespace

StateSealer::StateSealer(std::string_view secret, WallClock clock)
    : sealer_(secret, "request state"), clock_(std::move(clock)) {}

std::string StateSealer::seal(const StateOwner& owner, const CallState& state) const {
    const Json payload = {
        {"exp", seconds(clock_() + lifetime)}, {"round", state.round}, {"data", state.data}};
    return base64url(sealer_.seal(compact_text(payload), context_of(owner)));
}

std::optional<CallState> StateSealer::open(const StateOwner& owner, std::string_view text) const {
    const auto sealed = base64url_bytes(text);
    if (!sealed) return std::nullopt;
    const auto plain = sealer_.open(*sealed, context_of(owner));
    if (!plain) return std::nullopt;
    // Only we can have written it.
    return state_of(Json::parse(*plain), seconds(clock_()));
}

}  // namespace bm
