#include "cloud/event_parser.hpp"

namespace bm {

std::optional<ServerEvent> EventParser::next() {
    std::size_t begin = 0;
    std::optional<ServerEvent> event;
    while (!event) {
        const std::size_t end = buffer_.find_first_of("\r\n", begin);
        // A carriage return at the end may be half of a line end.
        const bool is_open =
            end == std::string::npos || (buffer_[end] == '\r' && end + 1 == buffer_.size());
        if (is_open) break;
        const std::string_view line = std::string_view(buffer_).substr(begin, end - begin);
        begin = end + (buffer_[end] == '\r' && buffer_[end + 1] == '\n' ? 2 : 1);
        if (!line.empty()) {
            take_line(line);
        } else if (has_data_) {
            event = ServerEvent{id_, std::move(data_)};
            data_.clear();
            has_data_ = false;
        }
    }
    buffer_.erase(0, begin);
    if (buffer_.size() + data_.size() > longest_) {
        is_overrun_ = true;
        buffer_.clear();
        data_.clear();
    }
    return event;
}

void EventParser::take_line(std::string_view line) {
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data") {
        if (has_data_) data_ += '\n';
        data_ += value;
        has_data_ = true;
    } else if (field == "id" && value.find('\0') == std::string_view::npos) {
        id_ = value;
    }
}

}  // namespace bm
