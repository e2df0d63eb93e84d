#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/access_store.hpp"
#include "access/oauth_client.hpp"
#include "access/strict_json.hpp"
#include "markdown/result.hpp"
#include "sync/web_client.hpp"

namespace bm {

constexpr std::size_t kLongestClientDocument = 5 * 1024;

/// Whether a client id may be fetched: https, a path, no fragment, user or query, no dot segments.
[[nodiscard]] bool is_document_url(std::string_view id);

/// The client that a document describes (client ID metadata document). It is a public one: its
/// document names no secrets. The message says what is wrong with it.
[[nodiscard]] Result<OAuthClient> client_of_document(std::string_view id, const WebAnswer& answer);

/// How long a document may be kept: what its headers say, between five minutes and a day.
[[nodiscard]] Seconds document_life(const WebAnswer& answer);

/// What a registration and a document have in common: name, redirect URIs, grant types. `error` is
/// the name of RFC 7591, 3.2.2.
struct MetadataFault {
    std::string error;
    std::string description;
};
[[nodiscard]] tl::expected<OAuthClient, MetadataFault> client_of_metadata(const Json& metadata);

}  // namespace bm
