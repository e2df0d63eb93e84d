#include "cloud/token_answer.hpp"

#include <algorithm>

#include "cloud/json_members.hpp"
namespace bm {

std::optional<CloudTokens> tokens_in(const HttpAnswer& answer, std::int64_t now) {
    using Json = nlohmann::json;
    constexpr double kHour = 3600;
    constexpr double kLongest = 10 * 365 * 24 * kHour;
    const Json body = Json::parse(answer.body, nullptr, false);
    if (!body.is_object()) return std::nullopt;
    CloudTokens tokens{.access_token = text_member(body, "access_token"),
                       .refresh_token = text_member(body, "refresh_token")};
    if (tokens.access_token.empty()) return std::nullopt;
    if (auto type = text_member(body, "token_type"); !type.empty()) tokens.token_type = type;
    const auto life = body.find("expires_in");
    const double seconds = life != body.end() && life->is_number() ? life->get<double>() : kHour;
    tokens.expires_at = now + static_cast<std::int64_t>(std::clamp(seconds, 0.0, kLongest));
    return tokens;
}

}  // namespace bm
