#include <cstdint>
#include <string>
#include <string_view>

#include "access/access_urls.hpp"
#include "access/client_metadata.hpp"
#include "access/redirect_match.hpp"
#include "fuzz_promise.hpp"

namespace {

void check_redirect(const std::string& uri) {
    if (!bm::is_acceptable_redirect(uri)) {
        promise(!bm::redirect_matches({uri}, uri), "what may not be registered matches nothing");
        return;
    }
    promise(bm::redirect_matches({uri}, uri), "a redirect matches itself");
    promise(uri.find_first_of(" \r\n\"<>#\\") == std::string::npos, "a redirect fits a header");
    const std::string source = bm::redirect_source(uri);
    promise(!source.empty() && source.find_first_of(" ;,\r\n'\"") == std::string::npos,
            "a source is one expression of a policy");
}

}  // namespace

/// One text as a redirect URI, a client id, a public URL and a client's document.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_redirect(text);
    if (bm::is_document_url(text)) promise(text.starts_with("https://"), "documents need https");
    if (const auto urls = bm::AccessUrls::from(text, "/mcp")) {
        promise(urls->is_ours(urls->resource) && urls->is_ours(urls->issuer), "we know ourselves");
        const auto again = bm::AccessUrls::from(urls->issuer, "/mcp");
        promise(again && again->issuer == urls->issuer, "an issuer is canonical");
    }
    const std::string id = "https://app.example/client.json";
    const auto client = bm::client_of_document(id, {200, "application/json", {}, text});
    if (!client) return 0;
    promise(client->id == id && !client->secret, "a document describes itself, without secrets");
    for (const auto& uri : client->redirect_uris) check_redirect(uri);
    return 0;
}
