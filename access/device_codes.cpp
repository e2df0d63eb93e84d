#include "access/device_codes.hpp"

#include "repository/crypto.hpp"

namespace bm {

namespace {

constexpr std::string_view kUserCodeLetters = "BCDFGHJKLMNPQRSTVWXZ";
constexpr std::size_t kUserCodeLength = 8;
constexpr std::int64_t kMostDevices = 1000;
constexpr std::string_view kDeviceColumns =
    "SELECT user_code, client_id, scope, offline, resource, state, user_id, expires_at, pause, "
    "asked_at, challenge FROM device ";

std::string_view state_name(DeviceState state) noexcept {
    switch (state) {
        case DeviceState::pending:
            return "pending";
        case DeviceState::approved:
            return "approved";
        case DeviceState::denied:
            return "denied";
    }
    return "denied";
}

DeviceState state_of(std::string_view name) noexcept {
    if (name == "pending") return DeviceState::pending;
    return name == "approved" ? DeviceState::approved : DeviceState::denied;
}

DeviceCode device_code(const Query& query) {
    DeviceCode code;
    code.user_code = query.string(0);
    code.client = query.string(1);
    code.scope = ScopeSet::parse(query.text(2)).value_or(ScopeSet{});
    code.scope.offline = query.integer(3) != 0;
    code.resource = query.string(4);
    code.state = state_of(query.text(5));
    code.user = query.optional_integer(6);
    code.expires_at = query.integer(7);
    code.pause = query.integer(8);
    code.asked_at = query.optional_integer(9);
    code.challenge = query.optional_string(10);
    return code;
}

}  // namespace

std::string new_user_code() {
    std::string code;
    while (code.size() < kUserCodeLength) {
        for (const char c : random_bytes(kUserCodeLength)) {
            // 240 is the largest multiple of 20 in a byte: every letter is equally likely.
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 240 && code.size() < kUserCodeLength) {
                code += kUserCodeLetters[byte % kUserCodeLetters.size()];
            }
        }
    }
    return code;
}

std::string shown_user_code(std::string_view code) {
    if (code.size() != kUserCodeLength) return std::string(code);
    return std::string(code.substr(0, 4)) + "-" + std::string(code.substr(4));
}

std::string typed_user_code(std::string_view text) {
    std::string code;
    for (const char c : text) {
        if (c == '-' || c == ' ') continue;
        code += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return code;
}

void DeviceCodes::make_room() {
    auto statement = database_.prepare(
        "DELETE FROM device WHERE digest IN (SELECT digest FROM device ORDER BY expires_at LIMIT "
        "max(0, (SELECT count(*) FROM device) - ?))");
    statement.run().bind(kMostDevices - 1).done();
}

bool DeviceCodes::add(std::string_view secret, const DeviceCode& code) {
    auto statement = database_.prepare(
        "INSERT INTO device (digest, user_code, client_id, scope, offline, resource, state, "
        "expires_at, pause, challenge) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO "
        "NOTHING");
    statement.run()
        .bind_blob(secret_digest(secret))
        .bind(code.user_code)
        .bind(code.client)
        .bind(code.scope.text())
        .bind(code.scope.offline)
        .bind(code.resource)
        .bind(state_name(code.state))
        .bind(code.expires_at)
        .bind(code.pause)
        .bind(code.challenge)
        .done();
    return database_.changes() > 0;
}

std::optional<DeviceCode> DeviceCodes::find(std::string_view secret) {
    const std::string digest = secret_digest(secret);
    auto statement = database_.prepare(std::string(kDeviceColumns) + "WHERE digest = ?");
    auto query = statement.run();
    if (!query.bind_blob(digest).step()) return std::nullopt;
    return device_code(query);
}

std::optional<DeviceCode> DeviceCodes::find_waiting(std::string_view user_code, Seconds now) {
    auto statement = database_.prepare(std::string(kDeviceColumns) +
                                       "WHERE user_code = ? AND state = 'pending' AND "
                                       "expires_at > ?");
    auto query = statement.run();
    if (!query.bind(user_code).bind(now).step()) return std::nullopt;
    return device_code(query);
}

bool DeviceCodes::decide(std::string_view user_code, DeviceState state, std::int64_t user,
                         ScopeSet scope, Seconds now) {
    auto statement = database_.prepare(
        "UPDATE device SET state = ?, user_id = ?, scope = ? WHERE user_code = ? AND state = "
        "'pending' AND expires_at > ?");
    statement.run()
        .bind(state_name(state))
        .bind(user)
        .bind(scope.text())
        .bind(user_code)
        .bind(now)
        .done();
    return database_.changes() > 0;
}

void DeviceCodes::note_asked(std::string_view secret, Seconds now, Seconds pause) {
    auto statement =
        database_.prepare("UPDATE device SET asked_at = ?, pause = ? WHERE digest = ?");
    statement.run().bind(now).bind(pause).bind_blob(secret_digest(secret)).done();
}

void DeviceCodes::remove(std::string_view secret) {
    auto statement = database_.prepare("DELETE FROM device WHERE digest = ?");
    statement.run().bind_blob(secret_digest(secret)).done();
}

}  // namespace bm
