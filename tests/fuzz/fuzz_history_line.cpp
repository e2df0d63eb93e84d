#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_promise.hpp"
#include "repository/history_record.hpp"

/// A line as it is, and the same with the checksum that it needs to be looked into.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string line(reinterpret_cast<const char*>(data), size);
    for (const std::string& each : {line, line + '\t' + bm::checksum_of(line).short_hex()}) {
        const auto record = bm::parse_history_line(each);
        if (!record) continue;
        const std::string again = bm::history_line(*record);
        promise(again.find('\n') == std::string::npos, "a record is one line");
        const auto same = bm::parse_history_line(again);
        promise(same.has_value(), "what was written can be read");
        promise(same->path == record->path && same->from == record->from &&
                    same->checksum == record->checksum && same->at == record->at,
                "a record keeps what it says");
    }
    return 0;
}
