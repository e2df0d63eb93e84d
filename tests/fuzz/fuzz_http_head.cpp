// Heads, chunked bodies and the values that repeat a body, as any client may send them.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "fuzz_promise.hpp"
#include "server/accepted_media.hpp"
#include "server/chunked_body.hpp"
#include "server/http_head.hpp"
#include "server/http_origin.hpp"
#include "server/mcp_headers.hpp"
#include "server/session_stream.hpp"

namespace {

void check_head(std::string_view bytes) {
    const auto end = bm::end_of_head(bytes);
    if (!end) return;
    promise(*end <= bytes.size(), "a head ends within its bytes");
    const auto parsed = bm::parse_http_head(bytes.substr(0, *end));
    if (const auto* refusal = std::get_if<bm::HttpRefusal>(&parsed)) {
        promise(refusal->status >= 400 && refusal->status < 600, "a refusal has a status");
        promise(!refusal->reason.empty(), "a refusal has a reason");
        return;
    }
    const auto& head = std::get<bm::HttpHead>(parsed);
    promise(!(head.is_chunked && head.has_length), "a body is delimited in one way");
    promise(head.request.fields.count("Host") <= 1, "there is one Host");
    promise(!head.request.path.empty(), "there is a path");
    for (const auto& field : head.request.fields.all()) {
        promise(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
                "a value is one line");
        promise(field.value == bm::without_blanks(field.value), "a value has no blanks around it");
        if (const auto decoded = bm::decoded_header_value(field.value)) {
            promise(decoded->size() <= field.value.size(), "decoding makes nothing longer");
        }
        if (const auto host = bm::parse_host(field.value)) {
            promise(!host->name.empty(), "a host has a name");
        }
        if (const auto origin = bm::parse_origin(field.value)) {
            promise(!origin->scheme.empty(), "an origin has a scheme");
        }
        if (const auto id = bm::EventId::from(field.value)) {
            promise(bm::EventId::from(id->text()) == *id, "an event id reads back");
        }
    }
    const auto media = bm::accepted_media(head.request.fields);
    promise(media.json || media.events || head.request.fields.count("Accept") > 0,
            "without Accept anything goes");
}

/// The same bytes in two ways of coming give the same body.
void check_chunks(std::string_view bytes) {
    constexpr std::size_t limit = 4096;
    bm::ChunkedBody whole(limit);
    std::string_view rest = bytes;
    const auto state = whole.feed(rest);
    bm::ChunkedBody bytewise(limit);
    auto slow = bm::ChunkedBody::State::incomplete;
    std::size_t used = 0;
    while (slow == bm::ChunkedBody::State::incomplete && used < bytes.size()) {
        std::string_view one = bytes.substr(used++, 1);
        slow = bytewise.feed(one);
        promise(one.empty() || slow != bm::ChunkedBody::State::incomplete, "bytes are taken");
    }
    promise(whole.body().size() <= limit, "the limit holds");
    promise(state == slow, "how bytes come does not matter");
    if (state == bm::ChunkedBody::State::complete) {
        promise(whole.body() == bytewise.body(), "nor to the body");
        promise(used == bytes.size() - rest.size(), "nor to what is left");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_head(bytes);
    check_chunks(bytes);
    return 0;
}
