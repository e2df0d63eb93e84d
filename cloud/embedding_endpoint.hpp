#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/http_client.hpp"
#include "repository/config_file.hpp"
#include "repository/embedding_provider.hpp"

namespace bm {

/// More than any model has.
constexpr std::size_t kMostEmbeddingDimensions = 65'536;

/// A server that the user has chosen, which speaks OpenAI's way of asking for embeddings: Ollama,
/// the server of llama.cpp, LiteLLM and others.
struct EmbeddingSettings {
    std::string url;  ///< of its `embeddings`, without credentials
    std::string model;
    std::string key;  ///< may be empty
    std::optional<std::size_t> dimensions = {};
    std::size_t batch = 32;
    std::string query_prefix = {};
    std::string document_prefix = {};
    double lowest_similarity = 0.55;

    friend bool operator==(const EmbeddingSettings&, const EmbeddingSettings&) = default;
};

/// What the `semantic_embedding_*` settings say; none without `semantic_embedding_api_base`, so
/// that nothing is sent anywhere before the user names an address. Fault::invalid for an address
/// or a number that is none.
Result<std::optional<EmbeddingSettings>> embedding_settings(const Config& config);

/// How long an endpoint is waited for.
struct EmbeddingPatience {
    std::chrono::milliseconds query{10'000};
    std::chrono::milliseconds documents{60'000};
    std::chrono::milliseconds before_retry{1'000};  ///< twice as long before each further one
    /// After a failure it is not asked for so long, and the failure repeated: for passages and for
    /// questions apart, so that neither keeps the other waiting.
    std::chrono::milliseconds rest{30'000};
};

/// Directions by such a server. Follows no redirects; its key is in no error. A batch is tried
/// three times where that can help (429, 5xx), then in halves: a passage that it refuses while it
/// takes another text gets an empty direction, and one at which it falls silent, twice, gets none.
/// Any thread.
class EmbeddingEndpoint final : public EmbeddingProvider {
public:
    EmbeddingEndpoint(EmbeddingSettings settings, std::unique_ptr<HttpClient> client,
                      EmbeddingPatience patience = {});

    /// Asks once, when nobody has said how many dimensions there are.
    [[nodiscard]] Result<std::string> identity(const std::stop_token& stop) override;
    [[nodiscard]] double lowest_similarity() const override { return settings_.lowest_similarity; }
    [[nodiscard]] std::size_t passages_at_once() const override { return settings_.batch; }
    [[nodiscard]] Result<Directions> embed_documents(const std::vector<MeaningText>& texts,
                                                     const std::stop_token& stop) override;
    /// Remembers the last few, so that pages and projects of one search ask once.
    [[nodiscard]] Result<std::vector<float>> embed_query(std::string_view text,
                                                         const std::stop_token& stop) override;

private:
    /// Why a request came to nothing, and whether another one might do better.
    struct Refusal {
        Error error;
        enum class Kind { final, passing, input } kind = Kind::final;
        std::optional<std::chrono::milliseconds> wait = {};  ///< that the server asks for
        bool may_be_input = false;  ///< one of the texts may be to blame, whatever it says
        bool is_silence = false;    ///< nobody answered
    };
    struct Rest {
        std::optional<Error> failure = {};  ///< the last one
        std::chrono::steady_clock::time_point until = {};
    };
    template <class T>
    using Asked = tl::expected<T, Refusal>;

    template <class Ask>
    Result<Directions> embedded(Rest& rest, const Ask& ask, const std::stop_token& stop);
    Asked<Directions> ask_patiently(const std::vector<std::string>& inputs, bool is_half,
                                    const std::stop_token& stop);
    Asked<Directions> ask_halves(const std::vector<std::string>& inputs,
                                 const std::stop_token& stop);
    Asked<Directions> ask_alone(const std::vector<std::string>& input, Refusal refusal,
                                const std::stop_token& stop);
    [[nodiscard]] bool is_well(const std::stop_token& stop);
    Asked<Directions> ask_once(const std::vector<std::string>& inputs,
                               std::chrono::milliseconds timeout, const std::stop_token& stop);
    [[nodiscard]] Refusal refusal(const HttpAnswer& answer) const;
    Asked<Directions> directions_in(const std::string& body, std::size_t wanted);
    [[nodiscard]] tl::unexpected<Refusal> bad(std::string what) const;
    [[nodiscard]] std::optional<Error> resting(const Rest& rest);
    [[nodiscard]] std::optional<std::size_t> dimensions();
    void remember(std::string_view text, const std::vector<float>& direction);

    const EmbeddingSettings settings_;
    const std::string origin_;  ///< for sentences
    std::unique_ptr<HttpClient> client_;
    const EmbeddingPatience patience_;
    std::mutex mutex_;
    std::optional<std::size_t> dimensions_;  ///< of what it gave
    Rest rest_of_documents_;
    Rest rest_of_queries_;
    std::deque<std::pair<std::string, std::vector<float>>> queries_;
};

/// The endpoint of the settings as they are, the same one as long as they do. Any thread.
class EmbeddingEndpoints {
public:
    /// Null where none is configured.
    Result<std::shared_ptr<EmbeddingProvider>> current(const Config& config);

private:
    std::mutex mutex_;
    std::optional<EmbeddingSettings> settings_;
    std::shared_ptr<EmbeddingProvider> endpoint_;
};

}  // namespace bm
