#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "repository/crypto.hpp"
#include "tools/json.hpp"

namespace bm {

/// The time of day, in seconds since 1970; hand-wound in tests.
using WallClock = std::function<std::chrono::system_clock::time_point()>;

/// What a sealed state belongs to. It opens for nothing else.
struct StateOwner {
    std::string_view method;
    std::string_view name;       ///< of the tool or prompt
    const Json& params;          ///< of the request; what changes from round to round is left out
    std::string_view principal;  ///< who calls; empty on a connection of one client
};

/// What a call wants to know in its next round.
struct CallState {
    int round = 0;  ///< rounds that the client has been asked in
    Json data;
};

/// Hands the state of a call that waits for input to the client itself, which can neither read nor
/// change it (AEAD), use it for another call or keep it beyond its time. It is no proof that a
/// state is used only once. Thread-safe.
class StateSealer {
public:
    static constexpr std::chrono::minutes lifetime{15};

    /// `secret` has at least 32 random bytes. States outlive the process as long as it stays.
    explicit StateSealer(
        std::string_view secret, WallClock clock = [] { return std::chrono::system_clock::now(); });

    [[nodiscard]] std::string seal(const StateOwner& owner, const CallState& state) const;
    /// Nothing when the text was changed, is of another owner, or has had its time.
    [[nodiscard]] std::optional<CallState> open(const StateOwner& owner,
                                                std::string_view text) const;

private:
    Sealer sealer_;
    WallClock clock_;
};

}  // namespace bm
