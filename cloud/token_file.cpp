#include "cloud/token_file.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>

#include <unistd.h>

#include "cloud/json_members.hpp"
#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"
#include "repository/trouble.hpp"

namespace bm {

namespace {
using Json = nlohmann::json;
}  // namespace

std::optional<CloudTokens> TokenFile::load() const {
    std::ifstream in(file_, std::ios::binary);
    if (!in) return std::nullopt;
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    CloudTokens tokens{.access_token = text_member(json, "access_token"),
                       .refresh_token = text_member(json, "refresh_token")};
    if (tokens.access_token.empty()) return std::nullopt;
    if (auto type = text_member(json, "token_type"); !type.empty()) tokens.token_type = type;
    tokens.issuer = text_member(json, "issuer");
    tokens.host = text_member(json, "host");
    // Whose endpoint it is must be known.
    if (!tokens.issuer.empty()) tokens.token_endpoint = text_member(json, "token_endpoint");
    // Other programs write a fraction.
    const auto ends = json.find("expires_at");
    if (ends != json.end() && ends->is_number() && ends->get<double>() < 1e15)
        tokens.expires_at = static_cast<std::int64_t>(ends->get<double>());
    return tokens;
}

CloudResult<void> TokenFile::save(const CloudTokens& tokens) const {
    Json json = {{"access_token", tokens.access_token},
                 {"refresh_token", tokens.refresh_token},
                 {"expires_at", tokens.expires_at},
                 {"token_type", tokens.token_type}};
    if (!tokens.issuer.empty()) json["issuer"] = tokens.issuer;
    if (!tokens.host.empty()) json["host"] = tokens.host;
    if (!tokens.token_endpoint.empty()) json["token_endpoint"] = tokens.token_endpoint;
    const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
    if (const int error = make_folders(file_.parent_path(), 0700); error != 0) {
        return cloud_fail(CloudFault::local_io,
                          with_way_out("Cannot make the folder " + file_.parent_path().string() +
                                       ": " + reason_of(error)));
    }
    if (auto written = write_file_atomically(file_, text, 0600); !written)
        return cloud_fail(CloudFault::local_io, written.error().message);
    return {};
}

CloudResult<bool> TokenFile::remove() const {
    if (::unlink(file_.c_str()) == 0) return true;
    if (errno == ENOENT) return false;
    return cloud_fail(CloudFault::local_io,
                      with_way_out("Cannot delete " + file_.string() + ": " + reason_of(errno)));
}

}  // namespace bm
