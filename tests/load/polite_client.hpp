#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tests/load/http_peer.hpp"

namespace bm::load {

/// The tool calls that are to be made, shared by all polite clients: the params of each, as JSON.
class Work {
public:
    /// `once`: each call is made once. Else they begin again until told to stop.
    Work(std::vector<std::string> calls, bool once) : calls_(std::move(calls)), once_(once) {}

    /// The next one, or null when there are no more.
    [[nodiscard]] const std::string* next();
    void stop() noexcept { is_stopped_ = true; }

    /// What is called with them.
    std::string method = "tools/call";

    /// Milliseconds of each answered call.
    std::vector<double> took{};
    /// Of the first call that failed.
    std::string first_failure{};

private:
    std::vector<std::string> calls_;
    std::size_t at_ = 0;
    bool once_;
    bool is_stopped_ = false;
};

/// Does as it should: opens a session, and makes one call after the other on one connection. Counts
/// `answered` and `failed`; everything that is not a good answer has failed.
class PoliteClient final : public Peer {
public:
    PoliteClient(Target target, Tally& tally, int epoll, Work& work)
        : Peer(std::move(target), tally, epoll), work_(work) {}

    void on_tick(Moment now) override;
    [[nodiscard]] bool is_done() const override { return is_done_; }

protected:
    void on_answer(const Answer& answer) override;
    void on_closed(bool unanswered) override;

private:
    void go_on();
    void post(const std::string& body);
    void fail(const std::string& what);

    Work& work_;
    std::string session_;
    long id_ = 0;
    bool is_done_ = false;
    std::optional<Moment> asked_;
    Moment retry_at_{};
};

}  // namespace bm::load
