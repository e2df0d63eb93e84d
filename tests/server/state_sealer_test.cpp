#include "server/state_sealer.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using bm::Json;
using bm::StateOwner;
using bm::StateSealer;

namespace {

const std::string secret(32, 's');

struct Sealing {
    Json params = {{"name", "tool"}, {"arguments", {{"a", 1}, {"b", "x"}}}};
    std::chrono::system_clock::time_point now{std::chrono::hours(1'000'000)};
    StateSealer sealer{secret, [this] { return now; }};

    [[nodiscard]] StateOwner owner() const { return {"tools/call", "tool", params, "alice"}; }
    [[nodiscard]] std::string seal(int round = 1) const {
        return sealer.seal(owner(), {round, {{"step", round}}});
    }
};

}  // namespace

TEST_CASE("a state comes back as it was given out") {
    const Sealing sealing;
    const auto state = sealing.sealer.open(sealing.owner(), sealing.seal(3));
    REQUIRE(state);
    CHECK(state->round == 3);
    CHECK(state->data == Json{{"step", 3}});
    CHECK(sealing.seal() != sealing.seal());
}

TEST_CASE("a retry differs from the first request in what changes from round to round") {
    const Sealing sealing;
    const std::string text = sealing.seal();
    // The same call, its members in another order, with what a retry adds.
    const Json retry = {{"arguments", {{"b", "x"}, {"a", 1}}},
                        {"name", "tool"},
                        {"requestState", text},
                        {"inputResponses", {{"k", Json::object()}}},
                        {"_meta", {{"progressToken", 5}}}};
    CHECK(sealing.sealer.open({"tools/call", "tool", retry, "alice"}, text));
}

TEST_CASE("a state opens for nothing but its call") {
    const Sealing sealing;
    const std::string text = sealing.seal();
    const auto opens = [&](const StateOwner& owner) {
        return sealing.sealer.open(owner, text).has_value();
    };
    CHECK(opens(sealing.owner()));
    CHECK_FALSE(opens({"prompts/get", "tool", sealing.params, "alice"}));
    CHECK_FALSE(opens({"tools/call", "other", sealing.params, "alice"}));
    CHECK_FALSE(opens({"tools/call", "tool", sealing.params, "bob"}));
    CHECK_FALSE(opens({"tools/call", "tool", sealing.params, ""}));
    Json other = sealing.params;
    other["arguments"]["a"] = 2;
    CHECK_FALSE(opens({"tools/call", "tool", other, "alice"}));
    other = sealing.params;
    other["arguments"]["c"] = nullptr;
    CHECK_FALSE(opens({"tools/call", "tool", other, "alice"}));
    CHECK_FALSE(StateSealer(std::string(32, 't')).open(sealing.owner(), text));
}

TEST_CASE("a state has its time") {
    Sealing sealing;
    const std::string text = sealing.seal();
    sealing.now += StateSealer::lifetime - 1s;
    CHECK(sealing.sealer.open(sealing.owner(), text));
    sealing.now += 1s;
    CHECK_FALSE(sealing.sealer.open(sealing.owner(), text));
}

TEST_CASE("a state that was changed in any way does not open") {
    const Sealing sealing;
    const std::string text = sealing.seal();
    for (std::size_t length = 0; length < text.size(); ++length) {
        CHECK_FALSE(sealing.sealer.open(sealing.owner(), text.substr(0, length)));
    }
    const std::string sealed = *bm::base64url_bytes(text);
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        std::string flipped = sealed;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        CHECK_FALSE(sealing.sealer.open(sealing.owner(), bm::base64url(flipped)));
    }
    CHECK_FALSE(sealing.sealer.open(sealing.owner(), text + "-TAMPERED"));
    CHECK_FALSE(sealing.sealer.open(sealing.owner(), text + "="));
    CHECK_FALSE(sealing.sealer.open(sealing.owner(), " " + text));
    CHECK_FALSE(sealing.sealer.open(sealing.owner(), "\xFF\xFE"));
}
