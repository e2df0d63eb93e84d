#pragma once

#include <string>
#include <string_view>

#include "access/access_limits.hpp"
#include "access/access_store.hpp"
#include "access/access_urls.hpp"
#include "access/client_directory.hpp"
#include "access/password_hash.hpp"
#include "repository/clock.hpp"
#include "repository/log.hpp"

namespace bm {

/// What the endpoints work with. Outlives them.
struct AccessParts {
    AccessUrls urls;
    AccessStore& store;
    ClientDirectory& clients;
    AccessLimits& limits;
    PasswordHasher& hasher;
    Clock clock;
    Log log;

    [[nodiscard]] Seconds now() const { return seconds_of(clock()); }
    /// For the audit: what was granted to whom, never a secret.
    void note(LogLevel level, const std::string& text) const {
        if (log) log(level, "access: " + text);
    }
};

}  // namespace bm
