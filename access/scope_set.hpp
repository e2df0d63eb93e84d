#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/authorizer.hpp"

namespace bm {

/// Scopes that are asked for or granted. Writing implies reading.
struct ScopeSet {
    bool write = false;
    bool offline = false;  ///< `offline_access`: wants a refresh token

    /// A space-separated list (RFC 6749, 3.3). Names that nobody knows are left out; none when
    /// nothing is left of a list that named something. An empty list asks for all there is to do.
    static std::optional<ScopeSet> parse(std::string_view text);

    [[nodiscard]] Scope scope() const noexcept { return write ? Scope::write : Scope::read; }
    /// Without `offline_access`, which only ever speaks about tokens.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool is_within(const ScopeSet& other) const noexcept {
        return !write || other.write;
    }

    friend bool operator==(const ScopeSet&, const ScopeSet&) = default;
};

}  // namespace bm
