#include <algorithm>

#include <nlohmann/json.hpp>

#include "cloud/embedding_endpoint.hpp"
#include "markdown/text.hpp"
#include "repository/secret_text.hpp"

namespace bm {

namespace {

using nlohmann::json;

template <class T>
std::optional<T> extra_setting(const Config& config, const char* key) {
    const auto found = config.extra.find(key);
    if (found == config.extra.end()) return std::nullopt;
    const json value = json::parse(found->second, nullptr, false);
    if constexpr (std::is_same_v<T, std::string>) {
        if (!value.is_string()) return std::nullopt;
    } else {
        if (!value.is_number()) return std::nullopt;
    }
    return value.get<T>();
}

/// The address of the embeddings below the one that people know: `http://localhost:11434`,
/// `http://localhost:11434/v1` or the whole of it.
Result<std::string> endpoint_url(const std::string& base) {
    std::string url(trim(base));
    const bool is_web = url.starts_with("https://") || url.starts_with("http://");
    const std::size_t host = url.find("://") + 3;
    if (!is_web || host >= url.size() || url[host] == '/' ||
        url.find_first_of(" ?#") != std::string::npos) {
        return fail(Fault::invalid,
                    "semantic_embedding_api_base is no address of a server. It begins with "
                    "https:// or http://, such as http://localhost:11434/v1.");
    }
    if (without_credentials(url) != url) {
        return fail(Fault::invalid,
                    "semantic_embedding_api_base holds a name or a password; a key belongs into "
                    "semantic_embedding_api_key.");
    }
    while (url.ends_with('/')) url.pop_back();
    if (url.ends_with("/embeddings")) return url;
    return url + (url.find('/', host) == std::string::npos ? "/v1/embeddings" : "/embeddings");
}

}  // namespace

Result<std::optional<EmbeddingSettings>> embedding_settings(const Config& config) {
    const auto base = extra_setting<std::string>(config, "semantic_embedding_api_base");
    if (!base || trim(*base).empty()) return std::optional<EmbeddingSettings>();
    auto url = endpoint_url(*base);
    if (!url) return tl::unexpected<Error>(url.error());
    EmbeddingSettings settings;
    settings.url = *std::move(url);
    const auto text = [&](const char* key) {
        return extra_setting<std::string>(config, key).value_or("");
    };
    settings.model = text("semantic_embedding_model");
    settings.key = text("semantic_embedding_api_key");
    settings.query_prefix = text("semantic_embedding_query_prefix");
    settings.document_prefix = text("semantic_embedding_document_prefix");
    const bool is_one_line = std::none_of(settings.key.begin(), settings.key.end(),
                                          [](unsigned char byte) { return byte <= 0x20; });
    if (!is_one_line) {
        return fail(Fault::invalid, "semantic_embedding_api_key holds a blank or a line break.");
    }
    constexpr auto kMost = static_cast<std::int64_t>(kMostEmbeddingDimensions);
    if (const auto batch = extra_setting<std::int64_t>(config, "semantic_embedding_batch_size")) {
        settings.batch = static_cast<std::size_t>(std::clamp<std::int64_t>(*batch, 1, 2048));
    }
    if (const auto size = extra_setting<std::int64_t>(config, "semantic_embedding_dimensions")) {
        if (*size < 1 || *size > kMost) {
            return fail(Fault::invalid, "semantic_embedding_dimensions must be 1 to " +
                                            std::to_string(kMost) + ", not " +
                                            std::to_string(*size) + '.');
        }
        settings.dimensions = static_cast<std::size_t>(*size);
    }
    if (const auto lowest = extra_setting<double>(config, "semantic_min_similarity")) {
        settings.lowest_similarity = *lowest;
    }
    return std::optional<EmbeddingSettings>(std::move(settings));
}

}  // namespace bm
