#include "tests/load/http_peer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bm::load {

namespace {

constexpr std::uint32_t loopback_net = 0x7f000000;
constexpr std::chrono::milliseconds tick_time{20};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

sockaddr_in address_of(std::uint32_t host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(loopback_net + host);
    return address;
}

}  // namespace

std::string Answer::field(std::string_view name) const {
    const std::string heads = lower(head);
    const std::size_t at = heads.find("\r\n" + std::string(name) + ":");
    if (at == std::string::npos) return {};
    const std::size_t from = head.find_first_not_of(' ', at + name.size() + 3);
    return head.substr(from, head.find("\r\n", from) - from);
}

Peer::~Peer() { drop(); }

std::string Peer::host_field() const {
    const std::string host = "Host: 127.0.0.1:" + std::to_string(target_.port) + "\r\n";
    return target_.token.empty() ? host : host + "Authorization: Bearer " + target_.token + "\r\n";
}

bool Peer::connect(int host, int receive_buffer) {
    drop();
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return false;
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket_, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (receive_buffer > 0) {
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const sockaddr_in from = address_of(static_cast<std::uint32_t>(host), 0);
    const sockaddr_in to = address_of(1, target_.port);
    const bool bound = ::bind(socket_, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0;
    if (!bound || (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
                   errno != EINPROGRESS)) {
        drop();
        return false;
    }
    reads_ = true;
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP, .data = {.ptr = this}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &event);
    return true;
}

void Peer::write(std::string_view bytes, int answers) {
    out_ += bytes;
    awaited_ += answers;
    flush();
}

void Peer::shut_writing() {
    shuts_ = true;
    flush();
}

void Peer::drop(bool with_reset) {
    ++connection_;
    if (socket_ >= 0) {
        const linger hard{.l_onoff = 1, .l_linger = 0};
        if (with_reset) ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        ::close(socket_);
    }
    socket_ = -1;
    shuts_ = false;
    awaited_ = 0;
    out_.clear();
    in_.clear();
    stream_.clear();
    reading_ = Reading::head;
}

void Peer::stop_reading() {
    reads_ = false;
    watch();
}

void Peer::take_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    const auto got = ::recv(socket_, bytes.data(), count, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) lose();
}

void Peer::watch() {
    if (socket_ < 0) return;
    std::uint32_t wanted = out_.empty() ? 0U : std::uint32_t{EPOLLOUT};
    if (reads_) wanted |= EPOLLIN | EPOLLRDHUP;
    epoll_event event{.events = wanted, .data = {.ptr = this}};
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_, &event);
}

void Peer::flush() {
    while (!out_.empty() && socket_ >= 0) {
        const auto sent = ::send(socket_, out_.data(), out_.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;  // what is wrong shows when we read
        out_.erase(0, static_cast<std::size_t>(sent));
    }
    if (out_.empty() && shuts_) ::shutdown(socket_, SHUT_WR);
    watch();
}

void Peer::on_event(std::uint32_t events) {
    if (socket_ >= 0 && (events & EPOLLOUT) != 0) flush();
    if (socket_ < 0) return;
    if (reads_) return read();
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) lose();
}

void Peer::read() {
    std::array<char, 64 * 1024> buffer;
    for (;;) {
        const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) return lose();
        in_.append(buffer.data(), static_cast<std::size_t>(got));
        const std::size_t connection = connection_;
        while (connection == connection_ &&
               (reading_ == Reading::head ? take_head() : take_body())) {
        }
        if (connection != connection_) return;
    }
}

void Peer::lose() {
    const bool unanswered = awaited_ > 0;
    drop();
    on_closed(unanswered);
}

bool Peer::take_head() {
    const std::size_t end = in_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    answer_ = Answer{};
    answer_.head = in_.substr(0, end + 2);
    in_.erase(0, end + 4);
    std::from_chars(answer_.head.data() + 9, answer_.head.data() + 12, answer_.status);
    answer_.keeps_connection = lower(answer_.field("connection")) != "close";
    const std::string length = answer_.field("content-length");
    length_ = 0;
    std::from_chars(length.data(), length.data() + length.size(), length_);
    const bool is_chunked = lower(answer_.field("transfer-encoding")) == "chunked";
    reading_ = is_chunked ? Reading::chunked : Reading::counted;
    if (is_chunked && answer_.field("content-type") == "text/event-stream") {
        reading_ = Reading::stream;
        on_stream(answer_);
    }
    return true;
}

bool Peer::take_body() {
    if (reading_ == Reading::counted) {
        if (in_.size() < length_) return false;
        answer_.body = in_.substr(0, length_);
        in_.erase(0, length_);
    } else {
        const std::size_t connection = connection_;
        const bool is_complete = take_chunks();
        if (reading_ == Reading::stream) take_events();
        if (!is_complete || connection != connection_) return false;
    }
    reading_ = Reading::head;
    awaited_ = std::max(0, awaited_ - 1);
    on_answer(std::exchange(answer_, Answer{}));
    return true;
}

bool Peer::take_chunks() {
    for (;;) {
        const std::size_t end = in_.find("\r\n");
        if (end == std::string::npos) return false;
        std::size_t size = 0;
        std::from_chars(in_.data(), in_.data() + end, size, 16);
        if (in_.size() < end + 2 + size + 2) return false;
        (reading_ == Reading::stream ? stream_ : answer_.body).append(in_, end + 2, size);
        in_.erase(0, end + 2 + size + 2);
        if (size == 0) return true;
    }
}

void Peer::take_events() {
    for (std::size_t end; (end = stream_.find("\n\n")) != std::string::npos;) {
        const std::string event = stream_.substr(0, end);
        stream_.erase(0, end + 2);
        if (const std::size_t data = event.find("data: "); data != std::string::npos) {
            answer_.body = event.substr(data + 6);
            on_event_data(answer_.body);
        }
    }
}

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::runtime_error("no epoll");
}

Loop::~Loop() {
    peers_.clear();
    ::close(epoll_);
}

void Loop::run(Moment earliest, Moment end) {
    std::array<epoll_event, 256> events{};
    for (Moment now = Clock::now(), ticked{}; now < end; now = Clock::now()) {
        if (now - ticked >= tick_time) {
            ticked = now;
            for (const auto& peer : peers_) peer->on_tick(now);
            const bool all_done = std::all_of(peers_.begin(), peers_.end(),
                                              [](const auto& peer) { return peer->is_done(); });
            if (now >= earliest && all_done) return;
        }
        const int got = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                     static_cast<int>(tick_time.count()));
        for (std::size_t at = 0; at < static_cast<std::size_t>(std::max(got, 0)); ++at) {
            static_cast<Peer*>(events[at].data.ptr)->on_event(events[at].events);
        }
    }
}

}  // namespace bm::load
