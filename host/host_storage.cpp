#include "host/host_storage.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "access/strict_json.hpp"

namespace bm {

namespace {

constexpr std::size_t kMostOpenSpaces = 10'000;
constexpr std::size_t kLongestSettings = 256 * std::size_t{1024};

tl::unexpected<Error> wrong(const HostData& data, const std::string& what) {
    return fail(Fault::invalid, data.config().string() + ": " + what);
}

Result<std::string> member(const HostData& data, const Json& object, const char* name) {
    auto text = string_member(object, name);
    if (text && !text->empty()) return *std::move(text);
    return wrong(data, std::string("storage needs the text '") + name + "'");
}

Result<BucketKeys> bucket_keys(const HostData& data, const Json& entry, bool are_minted) {
    BucketKeys keys;
    const std::pair<const char*, std::string*> wanted[] = {{"bucket", &keys.bucket},
                                                           {"access_key", &keys.access_key},
                                                           {"secret_key", &keys.secret_key}};
    for (const auto& [name, place] : wanted) {
        if (are_minted && place != &keys.bucket) continue;
        auto text = member(data, entry, name);
        if (!text) return tl::unexpected(text.error());
        *place = *std::move(text);
    }
    return keys;
}

/// Where a file with keys may be read by others, they are no secret.
Result<void> kept_from_others(const HostData& data) {
    using std::filesystem::perms;
    std::error_code error;
    const auto mode = std::filesystem::status(data.config(), error).permissions();
    if (!error && (mode & (perms::group_all | perms::others_all)) == perms::none) return {};
    return fail(Fault::forbidden, data.config().string() +
                                      " holds keys, and others than its owner may read it. Run: "
                                      "chmod 600 " +
                                      data.config().string());
}

Result<HostStorage> host_storage(const HostData& data, const Json& object) {
    HostStorage storage;
    if (!object.is_object() || string_member(object, "type") != "s3")
        return wrong(data, "storage must be an object with \"type\": \"s3\"");
    storage.is_s3 = true;
    auto endpoint = member(data, object, "endpoint");
    if (!endpoint) return tl::unexpected(endpoint.error());
    storage.endpoint = *std::move(endpoint);
    storage.region = string_member(object, "region").value_or("auto");
    if (object.contains("command")) {
        storage.command = strings_member(object, "command").value_or(std::vector<std::string>());
        if (storage.command.empty() || !storage.command.front().starts_with('/')) {
            return wrong(data,
                         "storage.command must be a list: the whole path of a program, and its "
                         "arguments");
        }
    }
    const auto accounts = object.find("accounts");
    if (accounts == object.end() || !accounts->is_object())
        return wrong(data, "storage needs 'accounts', an object of keys by account name");
    std::set<std::string> buckets;
    for (const auto& [name, entry] : accounts->items()) {
        auto keys = bucket_keys(data, entry, !storage.command.empty());
        if (!keys) return tl::unexpected(keys.error());
        if (!buckets.insert(keys->bucket).second)
            return wrong(data, "two accounts of storage have the bucket '" + keys->bucket + "'");
        storage.accounts.emplace(name, *std::move(keys));
    }
    return storage;
}

}  // namespace

std::optional<BucketKeys> HostStorage::keys_of(const std::string& account) const {
    const auto found = accounts.find(account);
    if (found == accounts.end()) return std::nullopt;
    return found->second;
}

Result<HostSettings> read_host_settings(const HostData& data) {
    HostSettings settings;
    std::error_code ignored;
    if (!std::filesystem::exists(data.config(), ignored)) return settings;
    std::ifstream stream(data.config());
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const auto object = strict_object(text, kLongestSettings);
    if (!object) return wrong(data, "this is no JSON object");
    if (const auto spaces = object->find("open_spaces"); spaces != object->end()) {
        if (!spaces->is_number_unsigned() || *spaces < 1 || *spaces > kMostOpenSpaces)
            return wrong(data, "open_spaces must be a number from 1 to 10000");
        settings.open_spaces = spaces->get<std::size_t>();
    }
    const auto found = object->find("storage");
    if (found == object->end()) return settings;
    if (const auto kept = kept_from_others(data); !kept) return tl::unexpected(kept.error());
    return host_storage(data, *found).map([&](HostStorage storage) {
        settings.storage = std::move(storage);
        return settings;
    });
}

}  // namespace bm
