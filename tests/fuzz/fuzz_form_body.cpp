#include <cstdint>
#include <string>
#include <string_view>

#include "access/answers.hpp"
#include "access/form_body.hpp"
#include "access/page.hpp"
#include "access/scope_set.hpp"
#include "fuzz_promise.hpp"
#include "markdown/percent_coding.hpp"

/// A form body or a query, and what becomes of its values on pages and in logs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto form = bm::parse_form(text);
    if (!form) return 0;
    std::string again;
    for (const auto& [name, value] : form->all()) {
        if (!again.empty()) again += '&';
        again += bm::percent_encoded(name) + "=" + bm::percent_encoded(value);
        const std::string escaped = bm::html_escaped(value);
        promise(escaped.find_first_of("<>\"'") == std::string::npos, "no value leaves its place");
        promise(bm::log_word(value).find_first_of("\r\n") == std::string::npos,
                "a value is no line of a log");
        if (const auto scope = bm::ScopeSet::parse(value)) {
            const auto parsed = bm::ScopeSet::parse(scope->text());
            promise(parsed && parsed->write == scope->write, "a scope says what it grants");
        }
    }
    const auto second = bm::parse_form(again);
    promise(second && second->all() == form->all(), "what is encoded is decoded to itself");
    return 0;
}
