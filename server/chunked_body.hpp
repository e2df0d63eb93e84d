#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bm {

/// Takes the chunked transfer coding off a body as its bytes come (RFC 9112, 7.1). Strict; chunk
/// extensions and trailers are read over, within limits. For one thread.
class ChunkedBody {
public:
    enum class State { incomplete, complete, malformed, too_large };

    explicit ChunkedBody(std::size_t limit) : limit_(limit) {}

    /// Takes bytes off the front of `bytes` until the body is complete or wrong, or none are left.
    State feed(std::string_view& bytes);

    [[nodiscard]] std::string& body() noexcept { return body_; }

private:
    enum class Part { size, data, data_end, trailer, end };

    State take_line(std::string_view& bytes);
    State on_line();
    State on_size();

    std::size_t limit_;
    Part part_ = Part::size;
    std::string line_;
    std::size_t left_ = 0;           // of the chunk
    std::size_t trailer_bytes_ = 0;  // that were read over
    std::string body_;
};

}  // namespace bm
