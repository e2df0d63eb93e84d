#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bm {

/// An event of a stream of server-sent events (WHATWG HTML, 9.2).
struct ServerEvent {
    std::string id;  ///< the last one that was told, in this event or before
    std::string data;
};

/// Takes a stream of server-sent events apart, however its bytes were cut. Events without data are
/// no events; comments are nothing. One thread.
class EventParser {
public:
    explicit EventParser(std::size_t longest_event) : longest_(longest_event) {}

    void feed(std::string_view bytes) { buffer_ += bytes; }
    /// The next whole event.
    [[nodiscard]] std::optional<ServerEvent> next();
    /// True when an event is longer than allowed: nothing that follows can be told apart.
    [[nodiscard]] bool is_overrun() const noexcept { return is_overrun_; }
    [[nodiscard]] const std::string& last_id() const noexcept { return id_; }

private:
    void take_line(std::string_view line);

    std::size_t longest_;
    std::string buffer_;
    std::string id_;
    std::string data_;
    bool has_data_ = false;
    bool is_overrun_ = false;
};

}  // namespace bm
