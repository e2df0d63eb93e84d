#include "host/host_storage.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "access/strict_json.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestSettings = 256 * std::size_t{1024};

tl::unexpected<Error> wrong(const HostData& data, const std::string& what) {
    return fail(Fault::invalid, data.config().string() + ": " + what);
}

Result<std::string> member(const HostData& data, const Json& object, const char* name) {
    auto text = string_member(object, name);
    if (text && !text->empty()) return *std::move(text);
    return wrong(data, std::string("storage needs the text '") + name + "'");
}

Result<BucketKeys> bucket_keys(const HostData& data, const Json& entry) {
    BucketKeys keys;
    const std::pair<const char*, std::string*> wanted[] = {{"bucket", &keys.bucket},
                                                           {"access_key", &keys.access_key},
                                                           {"secret_key", &keys.secret_key}};
    for (const auto& [name, place] : wanted) {
        auto text = member(data, entry, name);
        if (!text) return tl::unexpected(text.error());
        *place = *std::move(text);
    }
    return keys;
}

}  // namespace

std::optional<BucketKeys> HostStorage::keys_of(const std::string& account) const {
    const auto found = accounts.find(account);
    if (found == accounts.end()) return std::nullopt;
    return found->second;
}

Result<HostStorage> read_host_storage(const HostData& data) {
    HostStorage storage;
    std::error_code ignored;
    if (!std::filesystem::exists(data.config(), ignored)) return storage;
    std::ifstream stream(data.config());
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const auto settings = strict_object(text, kLongestSettings);
    if (!settings) return wrong(data, "this is no JSON object");
    const auto found = settings->find("storage");
    if (found == settings->end()) return storage;
    if (!found->is_object() || string_member(*found, "type") != "s3")
        return wrong(data, "storage must be an object with \"type\": \"s3\"");
    storage.is_s3 = true;
    auto endpoint = member(data, *found, "endpoint");
    if (!endpoint) return tl::unexpected(endpoint.error());
    storage.endpoint = *std::move(endpoint);
    storage.region = string_member(*found, "region").value_or("auto");
    const auto accounts = found->find("accounts");
    if (accounts == found->end() || !accounts->is_object())
        return wrong(data, "storage needs 'accounts', an object of keys by account name");
    std::set<std::string> buckets;
    for (const auto& [name, entry] : accounts->items()) {
        auto keys = bucket_keys(data, entry);
        if (!keys) return tl::unexpected(keys.error());
        if (!buckets.insert(keys->bucket).second)
            return wrong(data, "two accounts of storage have the bucket '" + keys->bucket + "'");
        storage.accounts.emplace(name, *std::move(keys));
    }
    return storage;
}

}  // namespace bm
