#include "cloud/embedding_endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <condition_variable>

#include <nlohmann/json.hpp>

#include "cloud/json_members.hpp"
#include "markdown/text.hpp"
#include "repository/checksum.hpp"
#include "repository/secret_text.hpp"

namespace bm {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::size_t kMostAnswerBytes = 64U << 20U;
constexpr std::size_t kQueriesKept = 8;
constexpr int kTriesOfDocuments = 3;
constexpr std::string_view kWayOut =
    " Check semantic_embedding_api_base, semantic_embedding_model and semantic_embedding_api_key "
    "in config.json.";

enum Status { unauthorized = 401, forbidden = 403, too_many = 429 };

/// False when it was stopped.
bool pause(milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any nobody;
    std::unique_lock lock(mutex);
    nobody.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

/// `Retry-After` in seconds; a date is not worth its reading.
std::optional<milliseconds> wait_asked_for(const HttpAnswer& answer) {
    constexpr int kLongestSeconds = 30;
    const auto value = answer.header("retry-after");
    if (!value) return std::nullopt;
    int seconds = 0;
    const auto [end, problem] =
        std::from_chars(value->data(), value->data() + value->size(), seconds);
    if (problem != std::errc() || seconds < 0) return std::nullopt;
    return std::chrono::seconds(std::min(seconds, kLongestSeconds));
}

/// What the server says is wrong, in one short line and without the key.
std::string reason_in(const HttpAnswer& answer, const std::string& key) {
    constexpr std::size_t kLongest = 200;
    const json body = json::parse(answer.body, nullptr, false);
    const json& error = json_member(body, "error");
    std::string text = error.is_string() ? error.get<std::string>() : text_member(error, "message");
    if (!key.empty()) {
        for (auto at = text.find(key); at != std::string::npos; at = text.find(key)) {
            text.replace(at, key.size(), kSecretMask);
        }
    }
    std::replace_if(
        text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20; }, ' ');
    return std::string(first_code_points(trim(text), kLongest));
}

/// Null for whatever is not an array of finite numbers.
std::optional<std::vector<float>> direction_in(const json& numbers) {
    if (!numbers.is_array() || numbers.empty()) return std::nullopt;
    std::vector<float> direction;
    direction.reserve(numbers.size());
    for (const json& number : numbers) {
        if (!number.is_number()) return std::nullopt;
        direction.push_back(number.get<float>());
        if (!std::isfinite(direction.back())) return std::nullopt;
    }
    return direction;
}

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
    constexpr std::int64_t kMost = 65'536;
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

EmbeddingEndpoint::EmbeddingEndpoint(EmbeddingSettings settings, std::unique_ptr<HttpClient> client,
                                     EmbeddingPatience patience)
    : settings_(std::move(settings)),
      origin_(url_origin(settings_.url)),
      client_(std::move(client)),
      patience_(patience),
      dimensions_(settings_.dimensions) {}

Result<std::string> EmbeddingEndpoint::identity(const std::stop_token& stop) {
    const auto known = [&] {
        const std::scoped_lock lock(mutex_);
        return dimensions_;
    };
    auto dimensions = known();
    if (!dimensions) {
        const auto asked = embed_query("dimensions", stop);
        if (!asked) return tl::unexpected<Error>(asked.error());
        dimensions = known();
    }
    std::string identity =
        "EmbeddingEndpoint:" + settings_.model + ':' + std::to_string(dimensions.value_or(0));
    if (!settings_.query_prefix.empty() || !settings_.document_prefix.empty()) {
        const json prefixes = {settings_.query_prefix, settings_.document_prefix};
        identity += ':' + checksum_of(prefixes.dump()).short_hex();
    }
    return identity;
}

Result<std::vector<std::vector<float>>> EmbeddingEndpoint::embed_documents(
    const std::vector<MeaningText>& texts, const std::stop_token& stop) {
    std::vector<std::string> inputs;
    inputs.reserve(texts.size());
    for (const auto& [title, text] : texts) {
        inputs.push_back(settings_.document_prefix +
                         (title.empty() || text.empty() ? title + text : title + "\n\n" + text));
    }
    Directions all;
    for (std::size_t from = 0; from < inputs.size(); from += settings_.batch) {
        const std::size_t to = std::min(from + settings_.batch, inputs.size());
        const auto at = [&](std::size_t place) {
            return inputs.begin() + static_cast<std::ptrdiff_t>(place);
        };
        auto some = embedded({at(from), at(to)}, patience_.documents, kTriesOfDocuments, stop);
        if (!some) return some;
        std::move(some->begin(), some->end(), std::back_inserter(all));
    }
    return all;
}

Result<std::vector<float>> EmbeddingEndpoint::embed_query(std::string_view text,
                                                          const std::stop_token& stop) {
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [known, direction] : queries_) {
            if (known == text) return direction;
        }
    }
    auto directions =
        embedded({settings_.query_prefix + std::string(text)}, patience_.query, 1, stop);
    if (!directions) return tl::unexpected<Error>(directions.error());
    remember(text, directions->front());
    return std::move(directions->front());
}

void EmbeddingEndpoint::remember(std::string_view text, const std::vector<float>& direction) {
    const std::scoped_lock lock(mutex_);
    queries_.emplace_back(text, direction);
    if (queries_.size() > kQueriesKept) queries_.pop_front();
}

std::optional<Error> EmbeddingEndpoint::resting() {
    const std::scoped_lock lock(mutex_);
    if (!failure_ || std::chrono::steady_clock::now() >= rests_until_) return std::nullopt;
    return failure_;
}

Result<EmbeddingEndpoint::Directions> EmbeddingEndpoint::embedded(
    const std::vector<std::string>& inputs, milliseconds timeout, int tries,
    const std::stop_token& stop) {
    if (const auto failure = resting()) return tl::unexpected(*failure);
    auto directions = ask(inputs, timeout, tries, stop);
    const std::scoped_lock lock(mutex_);
    if (directions) {
        failure_.reset();
        return *std::move(directions);
    }
    const Refusal& refusal = directions.error();
    // A query that it refuses says nothing about the server, nor does a call that was stopped.
    if (refusal.kind != Refusal::Kind::input && !stop.stop_requested()) {
        failure_ = refusal.error;
        rests_until_ = std::chrono::steady_clock::now() + patience_.rest;
    }
    return tl::unexpected(refusal.error);
}

EmbeddingEndpoint::Asked<EmbeddingEndpoint::Directions> EmbeddingEndpoint::ask(
    const std::vector<std::string>& inputs, milliseconds timeout, int tries,
    const std::stop_token& stop) {
    milliseconds wait = patience_.before_retry;
    while (true) {
        auto directions = ask_once(inputs, timeout, stop);
        if (directions) return directions;
        const Refusal& refusal = directions.error();
        if (refusal.kind == Refusal::Kind::input && inputs.size() > 1) {
            return ask_halves(inputs, timeout, stop);
        }
        if (refusal.kind != Refusal::Kind::passing || --tries <= 0) return directions;
        if (!pause(refusal.wait.value_or(wait), stop)) return directions;
        wait *= 2;
    }
}

/// Finds the passage that is refused, which goes without a direction if another one has one.
EmbeddingEndpoint::Asked<EmbeddingEndpoint::Directions> EmbeddingEndpoint::ask_halves(
    const std::vector<std::string>& inputs, milliseconds timeout, const std::stop_token& stop) {
    const auto middle = inputs.begin() + static_cast<std::ptrdiff_t>(inputs.size() / 2);
    const std::vector<std::vector<std::string>> halves{{inputs.begin(), middle},
                                                       {middle, inputs.end()}};
    Directions all;
    std::optional<Refusal> refused;
    for (const auto& half : halves) {
        auto some = ask(half, timeout, kTriesOfDocuments, stop);
        if (!some && some.error().kind != Refusal::Kind::input) return some;
        if (!some) refused = some.error();
        if (!some) some = Directions(half.size());
        std::move(some->begin(), some->end(), std::back_inserter(all));
    }
    const bool is_any_taken =
        std::any_of(all.begin(), all.end(), [](const auto& each) { return !each.empty(); });
    if (refused && !is_any_taken) return tl::unexpected(*std::move(refused));
    return all;
}

EmbeddingEndpoint::Asked<EmbeddingEndpoint::Directions> EmbeddingEndpoint::ask_once(
    const std::vector<std::string>& inputs, milliseconds timeout, const std::stop_token& stop) {
    json request = {{"model", settings_.model}, {"input", inputs}};
    if (settings_.dimensions) request["dimensions"] = *settings_.dimensions;
    HttpCall call{.method = "POST", .url = settings_.url};
    call.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    if (!settings_.key.empty()) {
        call.headers.emplace_back("Authorization", "Bearer " + settings_.key);
    }
    call.body = request.dump(-1, ' ', false, json::error_handler_t::replace);
    call.timeout = timeout;
    call.most_bytes = kMostAnswerBytes;
    call.stop = stop;
    const auto answer = client_->send(call);
    if (!answer) {
        return tl::unexpected(
            Refusal{{Fault::unavailable, "The embeddings endpoint does not answer. " +
                                             answer.error().message + std::string(kWayOut)},
                    answer.error().fault == CloudFault::network ? Refusal::Kind::passing
                                                                : Refusal::Kind::final});
    }
    if (answer->status != 200) return tl::unexpected(refusal(*answer));
    return directions_in(answer->body, inputs.size());
}

EmbeddingEndpoint::Refusal EmbeddingEndpoint::refusal(const HttpAnswer& answer) const {
    const int status = answer.status;
    std::string text =
        "The embeddings endpoint at " + origin_ + " answered " + std::to_string(status);
    if (status == unauthorized || status == forbidden) {
        // What it says may repeat the key.
        text += settings_.key.empty() ? ": it wants a key." : ": it does not take the key.";
    } else if (const auto reason = reason_in(answer, settings_.key); !reason.empty()) {
        text += ": " + reason + (reason.ends_with('.') ? "" : ".");
    } else {
        text += '.';
    }
    Refusal refusal{{Fault::unavailable, text + std::string(kWayOut)}};
    constexpr int kServerSide = 500;
    if (status == too_many || status >= kServerSide) {
        refusal.kind = Refusal::Kind::passing;
        refusal.wait = wait_asked_for(answer);
    } else if (status == 400 || status == 413 || status == 422) {
        refusal.kind = Refusal::Kind::input;
    }
    return refusal;
}

tl::unexpected<EmbeddingEndpoint::Refusal> EmbeddingEndpoint::bad(std::string what) const {
    return tl::unexpected(
        Refusal{{Fault::unavailable, "The embeddings endpoint at " + origin_ + ' ' +
                                         std::move(what) + std::string(kWayOut)}});
}

EmbeddingEndpoint::Asked<EmbeddingEndpoint::Directions> EmbeddingEndpoint::directions_in(
    const std::string& body, std::size_t wanted) {
    const json answer = json::parse(body, nullptr, false);
    const json& data = json_member(answer, "data");
    if (!data.is_array()) return bad("answers in a way that is not OpenAI's.");
    if (data.size() != wanted) {
        return bad("gave " + std::to_string(data.size()) + " embeddings for " +
                   std::to_string(wanted) + " texts.");
    }
    Directions directions(wanted);
    for (std::size_t i = 0; i < wanted; ++i) {
        const json& index = json_member(data[i], "index");
        const std::size_t place = index.is_number_unsigned() ? index.get<std::size_t>() : i;
        auto direction = direction_in(json_member(data[i], "embedding"));
        if (place >= wanted || !directions[place].empty() || !direction) {
            return bad("gave something that is no embedding.");
        }
        directions[place] = *std::move(direction);
    }
    const std::scoped_lock lock(mutex_);
    const std::size_t size = dimensions_.value_or(directions.front().size());
    for (const auto& direction : directions) {
        if (direction.size() != size) {
            // Another model may stand behind the same name now.
            dimensions_ = settings_.dimensions;
            queries_.clear();
            return bad("gave an embedding of " + std::to_string(direction.size()) +
                       " dimensions instead of " + std::to_string(size) + '.');
        }
    }
    dimensions_ = size;
    return directions;
}

Result<std::shared_ptr<EmbeddingProvider>> EmbeddingEndpoints::current(const Config& config) {
    auto settings = embedding_settings(config);
    if (!settings) return tl::unexpected<Error>(settings.error());
    const std::scoped_lock lock(mutex_);
    if (*settings == settings_) return endpoint_;
    settings_ = *std::move(settings);
    endpoint_ =
        settings_ ? std::make_shared<EmbeddingEndpoint>(*settings_, make_http_client()) : nullptr;
    return endpoint_;
}

}  // namespace bm
