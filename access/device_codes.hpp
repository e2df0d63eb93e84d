#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "access/access_store.hpp"
#include "access/scope_set.hpp"

namespace bm {

constexpr Seconds kDeviceCodeLife = 600;
constexpr Seconds kDevicePause = 5;

enum class DeviceState { pending, approved, denied };

/// A device that waits for a user (RFC 8628).
struct DeviceCode {
    std::string user_code;  ///< eight letters, as stored: without the hyphen
    std::string client;
    ScopeSet scope;
    std::string resource;
    DeviceState state = DeviceState::pending;
    std::optional<std::int64_t> user;
    Seconds expires_at = 0;
    Seconds pause = kDevicePause;
    std::optional<Seconds> asked_at;
    std::optional<std::string> challenge;  ///< of PKCE, where the device sent one
};

/// Eight consonants that spell no word: 2^34 possibilities.
[[nodiscard]] std::string new_user_code();
/// `WDJB-MJHT`, for people.
[[nodiscard]] std::string shown_user_code(std::string_view code);
/// What somebody typed, without blanks and hyphens, in capitals.
[[nodiscard]] std::string typed_user_code(std::string_view text);

/// Codes of devices. Works on the connection it is given.
class DeviceCodes {
public:
    explicit DeviceCodes(Database& database) : database_(database) {}

    /// Before one is added: at most 1,000 are kept, the oldest goes.
    void make_room();
    /// False when the user code is taken.
    bool add(std::string_view secret, const DeviceCode& code);
    [[nodiscard]] std::optional<DeviceCode> find(std::string_view secret);
    /// One that still waits.
    [[nodiscard]] std::optional<DeviceCode> find_waiting(std::string_view user_code, Seconds now);
    /// False when it does not wait any more.
    bool decide(std::string_view user_code, DeviceState state, std::int64_t user, ScopeSet scope,
                Seconds now);
    void note_asked(std::string_view secret, Seconds now, Seconds pause);
    void remove(std::string_view secret);

private:
    Database& database_;
};

}  // namespace bm
