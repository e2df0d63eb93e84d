#include "tests/support/http_client.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>

#include <arpa/inet.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bm::test {
namespace {

constexpr std::chrono::milliseconds long_wait{20'000};

}  // namespace

std::string HttpReply::field(std::string_view name) const {
    for (const auto& [own, value] : fields) {
        if (own.size() == name.size() && ::strncasecmp(own.data(), name.data(), own.size()) == 0) {
            return value;
        }
    }
    return "";
}

bool HttpReply::has(std::string_view name) const {
    for (const auto& [own, value] : fields) {
        if (own.size() == name.size() && ::strncasecmp(own.data(), name.data(), own.size()) == 0) {
            return true;
        }
    }
    return false;
}

HttpClient::HttpClient(int port, const std::string& from)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (!from.empty()) {
        ::inet_pton(AF_INET, from.c_str(), &address.sin_addr);
        if (::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0) {
            throw std::runtime_error("cannot connect from " + from);
        }
    }
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
        throw std::runtime_error("cannot connect");
    }
}

bool HttpClient::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void HttpClient::shut_writing() { ::shutdown(socket_.number(), SHUT_WR); }

bool HttpClient::receive(std::chrono::milliseconds limit) {
    pollfd watched{socket_.number(), POLLIN, 0};
    if (closed_ || ::poll(&watched, 1, static_cast<int>(limit.count())) <= 0) return false;
    std::array<char, 65536> buffer;
    const auto got = ::recv(socket_.number(), buffer.data(), buffer.size(), 0);
    if (got <= 0) {
        closed_ = true;
        return false;
    }
    received_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
}

std::optional<std::string> HttpClient::take_line() {
    std::size_t end = 0;
    while ((end = received_.find("\r\n")) == std::string::npos) {
        if (!receive(long_wait)) return std::nullopt;
    }
    std::string line = received_.substr(0, end);
    received_.erase(0, end + 2);
    return line;
}

HttpReply HttpClient::read_head() {
    HttpReply reply;
    const auto first = take_line();
    if (!first || first->size() < 12) return reply;
    reply.status = std::stoi(first->substr(9, 3));
    for (auto line = take_line(); line && !line->empty(); line = take_line()) {
        const std::size_t colon = line->find(": ");
        if (colon == std::string::npos) throw std::runtime_error("not a field: " + *line);
        reply.fields.emplace_back(line->substr(0, colon), line->substr(colon + 2));
    }
    chunked_ = reply.field("Transfer-Encoding") == "chunked";
    complete_ = false;
    stream_.clear();
    return reply;
}

bool HttpClient::take_chunk() {
    const auto size = take_line();
    if (!size) return false;
    const std::size_t count = std::stoul(*size, nullptr, 16);
    while (received_.size() < count + 2) {
        if (!receive(long_wait)) return false;
    }
    stream_ += received_.substr(0, count);
    received_.erase(0, count + 2);
    complete_ = count == 0;
    return !complete_;
}

HttpReply HttpClient::read() {
    HttpReply reply = read_head();
    while (reply.status == 100) reply = read_head();
    if (chunked_) {
        while (take_chunk()) {
        }
        reply.body = std::move(stream_);
        reply.is_broken = !complete_;
        return reply;
    }
    const std::string length = reply.field("Content-Length");
    const std::size_t count = length.empty() ? 0 : std::stoul(length);
    while (received_.size() < count) {
        if (!receive(long_wait)) {
            reply.is_broken = true;
            break;
        }
    }
    reply.body = received_.substr(0, count);
    received_.erase(0, reply.body.size());
    return reply;
}

std::optional<std::string> HttpClient::next_event() {
    for (;;) {
        const std::size_t end = stream_.find("\n\n");
        if (end != std::string::npos) {
            std::string event = stream_.substr(0, end);
            stream_.erase(0, end + 2);
            return event;
        }
        if (complete_ || !take_chunk()) return std::nullopt;
    }
}

std::optional<std::string> HttpClient::next_real_event() {
    for (;;) {
        auto event = next_event();
        if (!event || event->front() != ':') return event;
    }
}

bool HttpClient::is_closed_within(std::chrono::milliseconds stretch) {
    return !receive(stretch) && closed_;
}

bool HttpClient::has_more_within(std::chrono::milliseconds stretch) {
    return !received_.empty() || !stream_.empty() || receive(stretch);
}

std::string http_request(std::string_view method, std::string_view path, const FieldList& fields,
                         std::string_view body, std::string_view host) {
    std::string out;
    out.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(host);
    out += "\r\n";
    for (const auto& [name, value] : fields) out += name + ": " + value + "\r\n";
    if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return out.append("\r\n").append(body);
}

std::string event_field(const std::string& event, const std::string& name) {
    std::size_t at = 0;
    while (at < event.size()) {
        const std::size_t end = std::min(event.find('\n', at), event.size());
        const std::string line = event.substr(at, end - at);
        if (line.rfind(name + ": ", 0) == 0) return line.substr(name.size() + 2);
        at = end + 1;
    }
    return "";
}

std::string event_data(const std::string& event) { return event_field(event, "data"); }

}  // namespace bm::test
