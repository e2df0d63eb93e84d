#include "tests/support/pipe_client.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/line_splitter.hpp"

namespace bm::test {
namespace {

constexpr std::chrono::seconds long_time{20};

}  // namespace

PipePair make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    }
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

PipePair make_socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make sockets");
    }
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

PipeClient::PipeClient(FileDescriptor to_server, FileDescriptor from_server)
    : to_server_(std::move(to_server)),
      from_server_(std::move(from_server)),
      reader_([this] { read_all(); }) {}

PipeClient::~PipeClient() { close(); }

void PipeClient::write(std::string_view bytes) {
    unfinished_ += bytes;
    for (auto end = unfinished_.find('\n'); end != std::string::npos;
         end = unfinished_.find('\n')) {
        const std::scoped_lock lock(mutex_);
        check_.sent(unfinished_.substr(0, end));
        unfinished_.erase(0, end + 1);
    }
    while (!bytes.empty()) {
        const ssize_t count = ::write(to_server_.number(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return;  // the server has gone; the test will see what it said last
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

void PipeClient::close() {
    if (!unfinished_.empty()) {
        const std::scoped_lock lock(mutex_);
        check_.sent(unfinished_);
        unfinished_.clear();
    }
    to_server_ = FileDescriptor();
}

void PipeClient::read_all() {
    LineSplitter lines(std::size_t{1} << 30U);
    std::array<char, 65536> bytes{};
    for (;;) {
        const ssize_t count = ::read(from_server_.number(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        lines.feed({bytes.data(), static_cast<std::size_t>(count)});
        while (auto line = lines.next()) received(line->text);
    }
    if (auto line = lines.rest()) received(line->text + " (unfinished)");
    const std::scoped_lock lock(mutex_);
    at_end_ = true;
    changed_.notify_all();
}

void PipeClient::received(const std::string& line) {
    Json message = Json::parse(line, nullptr, false);
    const std::scoped_lock lock(mutex_);
    if (message.is_discarded()) {
        not_messages_.push_back("not a message: " + line);
        return;
    }
    check_.received(message);
    messages_.push_back(std::move(message));
    changed_.notify_all();
}

bool PipeClient::has_next_within(std::chrono::milliseconds stretch) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stretch, [this] { return !messages_.empty() || at_end_; });
    return !messages_.empty();
}

PipeClient::Json PipeClient::next() {
    if (!has_next_within(long_time)) throw std::runtime_error("the server says nothing more");
    const std::scoped_lock lock(mutex_);
    Json message = std::move(messages_.front());
    messages_.pop_front();
    return message;
}

std::vector<PipeClient::Json> PipeClient::rest() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, long_time, [this] { return at_end_; })) {
        throw std::runtime_error("the server does not end");
    }
    std::vector<Json> all(messages_.begin(), messages_.end());
    messages_.clear();
    return all;
}

std::vector<std::string> PipeClient::violations() {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> all = check_.violations();
    all.insert(all.end(), not_messages_.begin(), not_messages_.end());
    return all;
}

}  // namespace bm::test
