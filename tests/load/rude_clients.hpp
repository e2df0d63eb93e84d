#pragma once

#include <string>

#include "tests/load/http_peer.hpp"

namespace bm::load {

/// A client that the server has to bear. Each counts what becomes of it under its own name.
class RudeClient : public Peer {
public:
    RudeClient(Target target, Tally& tally, int epoll, int host)
        : Peer(std::move(target), tally, epoll), host_(host) {}

    void on_tick(Moment now) override;
    [[nodiscard]] bool is_done() const override { return true; }

protected:
    /// What it does on a fresh connection.
    virtual void begin() = 0;
    /// What it does on each later tick.
    virtual void go_on(Moment /*now*/) {}
    void on_closed(bool /*unanswered*/) override {}

    /// A POST to the endpoint with its body.
    [[nodiscard]] std::string post(std::string_view body, std::string_view fields = {}) const;
    /// Leaves the connection for a while.
    void come_back_after(std::chrono::milliseconds pause);

    int receive_buffer_ = 0;

private:
    int host_;
    Moment next_{};
};

/// Holds a stream open that tells of the note `written/board`: `streams opened`, `streams refused`,
/// `streams lost`, `events`.
class StreamHolder final : public RudeClient {
public:
    using RudeClient::RudeClient;

protected:
    void begin() override;
    void on_stream(const Answer& head) override;
    void on_event_data(std::string_view data) override;
    void on_answer(const Answer& answer) override;
    void on_closed(bool unanswered) override;
};

/// Asks once, then keeps the connection for nothing until the server closes it: `lingered`.
class Lingerer final : public RudeClient {
public:
    using RudeClient::RudeClient;

protected:
    void begin() override;
    void on_answer(const Answer& answer) override;
    void on_closed(bool unanswered) override;
};

/// Sends a byte a second, of the head or of the body: `slow refused` (408) and `slow closed`.
class SlowTalker final : public RudeClient {
public:
    SlowTalker(Target target, Tally& tally, int epoll, int host, bool in_body)
        : RudeClient(std::move(target), tally, epoll, host), in_body_(in_body) {}

protected:
    void begin() override;
    void go_on(Moment now) override;
    void on_answer(const Answer& answer) override;
    void on_closed(bool unanswered) override;

private:
    bool in_body_;
    std::string rest_;
    Moment spoke_{};
};

/// Asks for a lot and reads a byte a second: `slow readers closed`.
class SlowReader final : public RudeClient {
public:
    SlowReader(Target target, Tally& tally, int epoll, int host, std::string call)
        : RudeClient(std::move(target), tally, epoll, host), call_(std::move(call)) {
        receive_buffer_ = 2048;
    }

protected:
    void begin() override;
    void go_on(Moment now) override;
    void on_answer(const Answer&) override {}
    void on_closed(bool unanswered) override;

private:
    std::string call_;
    Moment read_{};
};

/// Sends too much, in turn: a body that says so, one in chunks that does not, a head:
/// `oversized 413`, `oversized 431`, `oversized other`, `oversized closed`.
class Oversizer final : public RudeClient {
public:
    using RudeClient::RudeClient;

protected:
    void begin() override;
    void go_on(Moment now) override;
    void on_answer(const Answer& answer) override;
    void on_closed(bool unanswered) override;

private:
    int turn_ = 0;
    bool pours_ = false;
};

/// Closes its side behind a request, or in the middle of one: `half-closed 200`,
/// `half-closed other`, `half-closed closed`.
class HalfCloser final : public RudeClient {
public:
    using RudeClient::RudeClient;

protected:
    void begin() override;
    void on_answer(const Answer& answer) override;
    void on_closed(bool unanswered) override;

private:
    int turn_ = 0;
};

/// Asks, and resets the connection before the answer: `resets`.
class Resetter final : public RudeClient {
public:
    using RudeClient::RudeClient;

protected:
    void begin() override;
    void go_on(Moment now) override;
    void on_answer(const Answer&) override {}
};

/// Opens one session after the other and leaves them: `sessions`, `sessions refused`.
class SessionOpener final : public RudeClient {
public:
    SessionOpener(Target target, Tally& tally, int epoll, int host, long wanted)
        : RudeClient(std::move(target), tally, epoll, host), left_(wanted) {}
    [[nodiscard]] bool is_done() const override { return left_ == 0; }

protected:
    void begin() override;
    void on_answer(const Answer& answer) override;

private:
    long left_;
};

}  // namespace bm::load
