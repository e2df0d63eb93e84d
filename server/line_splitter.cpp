#include "server/line_splitter.hpp"

#include <utility>

namespace bm {
namespace {

/// Memory kept between lines. One large line would otherwise hold its own for good.
constexpr std::size_t kept_capacity = 1024 * 1024;

}  // namespace

void LineSplitter::feed(std::string_view bytes) {
    if (skipping_) {
        const auto end = bytes.find('\n');
        if (end == std::string_view::npos) return;
        bytes.remove_prefix(end + 1);
        skipping_ = false;
    }
    // Moving what is left to the front costs no more than what was handed out since the last time.
    if (begin_ > buffer_.size() / 2) {
        buffer_.erase(0, begin_);
        scanned_ -= begin_;
        begin_ = 0;
    }
    buffer_.append(bytes);
}

LineSplitter::Line LineSplitter::cut(std::size_t end) {
    std::size_t size = end - begin_;
    if (size > 0 && buffer_[end - 1] == '\r') --size;
    if (size > longest_) return {{}, true};
    return {buffer_.substr(begin_, size), false};
}

std::optional<LineSplitter::Line> LineSplitter::next() {
    const auto end = buffer_.find('\n', scanned_);
    if (end != std::string::npos) {
        Line line = cut(end);
        begin_ = end + 1;
        scanned_ = begin_;
        return line;
    }
    scanned_ = buffer_.size();
    if (begin_ == buffer_.size() && buffer_.capacity() > kept_capacity) give_back();
    // One more may be the "\r" of its end.
    if (buffer_.size() - begin_ <= longest_ + 1) return std::nullopt;
    give_back();
    skipping_ = true;
    return Line{{}, true};
}

void LineSplitter::give_back() {
    buffer_.clear();
    buffer_.shrink_to_fit();
    begin_ = 0;
    scanned_ = 0;
}

std::optional<LineSplitter::Line> LineSplitter::rest() {
    if (begin_ == buffer_.size()) return std::nullopt;
    Line line = cut(buffer_.size());
    buffer_.clear();
    begin_ = 0;
    scanned_ = 0;
    return line;
}

}  // namespace bm
