#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "access/answers.hpp"
#include "access/basic_credentials.hpp"
#include "access/browser_visit.hpp"
#include "fuzz_promise.hpp"
#include "markdown/percent_coding.hpp"
#include "repository/crypto.hpp"

namespace {

/// The value of an `Authorization` field.
void read_basic(std::string_view text) {
    const auto shown = bm::basic_credentials(text);
    if (!shown) return;
    promise(!shown->id.empty(), "whoever shows credentials says who he is");
    const std::string pair =
        bm::percent_encoded(shown->id) + ':' + bm::percent_encoded(shown->secret);
    const auto again = bm::basic_credentials("Basic " + bm::base64url(pair));
    promise(again && again->id == shown->id && again->secret == shown->secret,
            "what is encoded is decoded to itself");
}

/// The value of a `Cookie` field.
void read_cookies(std::string_view text) {
    const std::string name = "bm_login";
    bm::HttpRequest request;
    request.fields.add("Cookie", std::string(text));
    const auto value = bm::cookie_value(request, name);
    if (!value) return;
    promise(value->find(';') == std::string::npos, "a cookie ends before the next one");
    promise(text.find(name + '=') != std::string_view::npos, "no cookie of another name is taken");
    request.fields.add("cookie", name + "=planted");
    promise(!bm::cookie_value(request, name), "of two cookies with one name none is taken");
}

}  // namespace

/// What a request shows of whoever sends it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_basic(text);
    read_cookies(text);
    return 0;
}
