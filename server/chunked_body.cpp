#include "server/chunked_body.hpp"

#include <algorithm>
#include <charconv>

namespace bm {
namespace {

/// A size with its extension, or one trailer field.
constexpr std::size_t longest_chunk_line = 256;
constexpr std::size_t most_trailer_bytes = 4096;
/// More than any limit on bodies has.
constexpr std::size_t most_size_digits = 8;

}  // namespace

ChunkedBody::State ChunkedBody::feed(std::string_view& bytes) {
    State state = part_ == Part::end ? State::complete : State::incomplete;
    while (state == State::incomplete && !bytes.empty()) {
        if (part_ != Part::data) {
            state = take_line(bytes);
            continue;
        }
        const std::size_t count = std::min(left_, bytes.size());
        body_.append(bytes.substr(0, count));
        bytes.remove_prefix(count);
        left_ -= count;
        if (left_ == 0) part_ = Part::data_end;
    }
    return state;
}

ChunkedBody::State ChunkedBody::take_line(std::string_view& bytes) {
    const std::size_t feed = bytes.find('\n');
    const std::size_t count = std::min(feed, bytes.size());
    line_.append(bytes.substr(0, std::min(count, longest_chunk_line + 1)));
    if (line_.size() > longest_chunk_line) return State::malformed;
    bytes.remove_prefix(feed == std::string_view::npos ? count : count + 1);
    if (feed == std::string_view::npos) return State::incomplete;
    if (line_.empty() || line_.back() != '\r') return State::malformed;
    line_.pop_back();
    const State state = on_line();
    line_.clear();
    return state;
}

ChunkedBody::State ChunkedBody::on_line() {
    const bool has_control = std::any_of(line_.begin(), line_.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == 0x7F || (byte < 0x20 && byte != '\t');
    });
    if (has_control) return State::malformed;
    switch (part_) {
        case Part::size:
            return on_size();
        case Part::data_end:
            part_ = Part::size;
            return line_.empty() ? State::incomplete : State::malformed;
        case Part::trailer:
            trailer_bytes_ += line_.size();
            if (trailer_bytes_ > most_trailer_bytes) return State::malformed;
            if (line_.empty()) part_ = Part::end;
            return line_.empty() ? State::complete : State::incomplete;
        case Part::data:
        case Part::end:
            break;
    }
    return State::malformed;
}

ChunkedBody::State ChunkedBody::on_size() {
    const std::size_t digits =
        std::min(line_.find_first_not_of("0123456789abcdefABCDEF"), line_.size());
    if (digits == 0) return State::malformed;
    if (digits > most_size_digits) return State::too_large;
    // Only an extension may follow.
    const std::size_t next = line_.find_first_not_of(" \t", digits);
    if (next != std::string::npos && line_[next] != ';') return State::malformed;
    if (next == std::string::npos && digits != line_.size()) return State::malformed;
    std::from_chars(line_.data(), line_.data() + digits, left_, 16);
    if (left_ > limit_ - body_.size()) return State::too_large;
    part_ = left_ == 0 ? Part::trailer : Part::data;
    return State::incomplete;
}

}  // namespace bm
