#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bm::load {

using Clock = std::chrono::steady_clock;
using Moment = Clock::time_point;

/// An answer of the server. A body in chunks is put together.
struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    bool keeps_connection = false;

    /// The value of the first field of this name (in lower case), or "".
    [[nodiscard]] std::string field(std::string_view name) const;
};

/// The server's end: a port of this machine, and what it wants to be shown with every request.
struct Target {
    std::uint16_t port = 0;
    std::string token{};  ///< empty: nothing
};

/// What came of all peers: names and counts.
using Tally = std::map<std::string, long>;

/// One client of HTTP/1.1, driven by a Loop: it sees answers, losses and ticks, and decides what to
/// send. Everything happens on the loop's thread; nothing waits.
class Peer {
public:
    Peer(Target target, Tally& tally, int epoll)
        : target_(std::move(target)), tally_(tally), epoll_(epoll) {}
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    virtual ~Peer();

    /// Several times a second, from the start on.
    virtual void on_tick(Moment now) = 0;
    /// The loop's: something has happened on the connection.
    void on_event(std::uint32_t events);
    /// True when it wants nothing more.
    [[nodiscard]] virtual bool is_done() const { return false; }

protected:
    /// A complete answer.
    virtual void on_answer(const Answer& answer) = 0;
    /// The server has closed the connection. `unanswered`: in the middle of something.
    virtual void on_closed(bool unanswered) = 0;
    /// The head of an event stream, and later whenever an event has come.
    virtual void on_stream(const Answer& /*head*/) {}
    virtual void on_event_data(std::string_view /*data*/) {}

    /// Opens a connection, from 127.0.0.`host`. False when that is impossible at once.
    [[nodiscard]] bool connect(int host, int receive_buffer = 0);
    /// Sends as soon as the connection takes it. `answers`: how many answers will come for it.
    void write(std::string_view bytes, int answers);
    void shut_writing();
    /// Closes; with a reset the server learns at once that nobody reads on.
    void drop(bool with_reset = false);
    /// Takes nothing more from the connection but what take_bytes() asks for.
    void stop_reading();
    void take_bytes(std::size_t count);

    [[nodiscard]] bool is_open() const noexcept { return socket_ >= 0; }
    [[nodiscard]] bool has_unsent() const noexcept { return !out_.empty(); }
    void count(const std::string& what, long by = 1) { tally_[what] += by; }
    [[nodiscard]] std::string host_field() const;

private:
    void watch();
    void flush();
    void read();
    void lose();
    bool take_head();
    bool take_body();
    bool take_chunks();
    void take_events();

    Target target_;
    Tally& tally_;
    int epoll_;
    int socket_ = -1;
    std::size_t connection_ = 0;  // which of its connections it is at
    bool reads_ = true;
    bool shuts_ = false;
    int awaited_ = 0;
    std::string out_;
    std::string in_;
    enum class Reading { head, counted, chunked, stream } reading_ = Reading::head;
    std::size_t length_ = 0;
    Answer answer_;
    std::string stream_;  // of an event stream, without the chunk sizes
};

/// Drives peers until a moment or until all that count are done.
class Loop {
public:
    Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();

    [[nodiscard]] int epoll() const noexcept { return epoll_; }
    void add(std::unique_ptr<Peer> peer) { peers_.push_back(std::move(peer)); }
    /// Until `end`; from `earliest` on it suffices that every peer is done.
    void run(Moment earliest, Moment end);

private:
    int epoll_;
    std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace bm::load
