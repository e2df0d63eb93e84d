#include "access/strict_json.hpp"
#include "host/route_call.hpp"
#include "repository/clock.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestKeys = 16 * std::size_t{1024};

HttpResponse health(const RouteParts& parts) {
    return route_response(200, {{"status", "healthy"},
                                {"version", parts.version},
                                {"timestamp", iso8601_utc(system_now())}});
}

HttpResponse mount_info(const RouteParts& parts, const RouteCall& call) {
    const Tenant& tenant = call.space.tenant();
    RouteJson body = {{"tenant_id", tenant.id}, {"bucket_name", tenant.bucket}};
    if (parts.storage.is_s3) {
        const auto name = parts.access.account_tokens().name_of(call.account);
        if (const auto keys = parts.storage.keys_of(name.value_or("")))
            body["bucket_name"] = keys->bucket;
        body["endpoint"] = parts.storage.endpoint;
    } else {
        body["endpoint"] = parts.access.origin() + "/webdav";
    }
    body["storage_used_bytes"] = call.space.used_bytes();
    return route_response(200, body);
}

/// The keys of an answer of the command: `access_key`, `secret_key`, and `expires_at` where they
/// end.
std::optional<Json> minted_keys(const RouteParts& parts, const RouteCall& call,
                                const std::string& account, const BucketKeys& keys,
                                std::int64_t device) {
    const auto printed = parts.run_command(parts.storage.command,
                                           {"BM_ACCOUNT=" + account, "BM_BUCKET=" + keys.bucket,
                                            "BM_DEVICE=" + std::to_string(device)});
    auto minted = printed ? strict_object(*printed, kLongestKeys) : std::nullopt;
    const bool is_usable = minted && !string_member(*minted, "access_key").value_or("").empty() &&
                           !string_member(*minted, "secret_key").value_or("").empty();
    if (is_usable) return minted;
    // What it has printed may be a secret.
    call.space.knowledge().log()(
        LogLevel::error,
        std::string("the command that mints keys ") +
            (printed ? "has printed no JSON object with access_key and secret_key" : "has failed"));
    return std::nullopt;
}

HttpResponse bucket_credentials(const RouteParts& parts, const RouteCall& call,
                                const std::string& account) {
    auto keys = parts.storage.keys_of(account);
    if (!keys) return detail_response(403, "This host has no bucket for this account.");
    Json expires_at = nullptr;
    if (!parts.storage.command.empty()) {
        const auto device = parts.access.account_tokens().device_for_keys(call.request);
        if (!device) return failure_response(device.error());
        const auto minted = minted_keys(parts, call, account, *keys, *device);
        if (!minted) return detail_response(503, "The host could not make keys. Its log says why.");
        keys->access_key = *string_member(*minted, "access_key");
        keys->secret_key = *string_member(*minted, "secret_key");
        if (const auto end = string_member(*minted, "expires_at")) expires_at = *end;
    }
    return route_response(200, {{"type", "s3"},
                                {"endpoint", parts.storage.endpoint},
                                {"region", parts.storage.region},
                                {"access_key", keys->access_key},
                                {"secret_key", keys->secret_key},
                                {"expires_at", expires_at}});
}

HttpResponse mount_credentials(const RouteParts& parts, const RouteCall& call) {
    AccountTokens& tokens = parts.access.account_tokens();
    const std::string account = tokens.name_of(call.account).value_or("");
    if (parts.storage.is_s3) return bucket_credentials(parts, call, account);
    const auto minted = tokens.mint_for_storage(call.request);
    if (!minted) return failure_response(minted.error());
    RouteJson ends = nullptr;
    if (minted->ends_at) ends = iso8601_utc(Timestamp(std::chrono::seconds(*minted->ends_at)));
    return route_response(200, {{"type", "webdav"},
                                {"url", parts.access.origin() + "/webdav"},
                                {"user", account},
                                {"pass", minted->secret},
                                {"vendor", "owncloud"},
                                {"access_key", account},
                                {"secret_key", minted->secret},
                                {"expires_at", std::move(ends)}});
}

HttpResponse workspaces(const RouteCall& call) {
    const std::string& id = call.space.tenant().id;
    const RouteJson only = {{"tenant_id", id},
                            {"slug", "personal"},
                            {"name", "Personal"},
                            {"workspace_type", "personal"},
                            {"role", "owner"},
                            {"is_default", true},
                            {"organization_id", nullptr},
                            {"has_active_subscription", true}};
    return route_response(200, {{"workspaces", RouteJson::array({only})},
                                {"count", 1},
                                {"default_workspace_id", id},
                                {"current_workspace_id", id}});
}

HttpResponse new_api_key(const RouteParts& parts, const RouteCall& call) {
    RouteBody body(call.request);
    const std::string name = body.needed_text("name");
    if (body.fault()) return field_response(*body.fault());
    const auto minted = parts.access.account_tokens().mint_api_key(call.request, name);
    if (!minted) return failure_response(minted.error());
    return route_response(
        200, {{"id", std::to_string(minted->id)}, {"name", name}, {"key", minted->secret}});
}

HttpResponse start_sync(const RouteParts& parts, const RouteCall& call) {
    RouteJson names = RouteJson::array();
    for (const Project& project : call.space.projects().all()) {
        parts.spaces.index_soon(call.account, project.path.filename().string(), false);
        names.push_back(project.name.str());
    }
    parts.spaces.look_now();
    return route_response(200, {{"status", "sync_started"}, {"projects", std::move(names)}});
}

}  // namespace

std::optional<HttpResponse> account_route(const RouteParts& parts, const RouteCall& call) {
    if (call.is("proxy/health")) return call.asks("GET") ? health(parts) : method_response("GET");
    if (call.is("tenant/mount/info"))
        return call.asks("GET") ? mount_info(parts, call) : method_response("GET");
    if (call.is("tenant/mount/credentials"))
        return call.asks("POST") ? mount_credentials(parts, call) : method_response("POST");
    if (call.is("workspaces")) return call.asks("GET") ? workspaces(call) : method_response("GET");
    if (call.is("api/keys"))
        return call.asks("POST") ? new_api_key(parts, call) : method_response("POST");
    if (call.is("proxy/sync"))
        return call.asks("POST") ? start_sync(parts, call) : method_response("POST");
    return std::nullopt;
}

}  // namespace bm
