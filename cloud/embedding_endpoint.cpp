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
// A server that fell loads its model again: some 15 seconds in all.
constexpr int kTriesOfProbe = 5;
/// What every model takes.
constexpr std::string_view kProbe = "dimensions";
constexpr std::string_view kWayOut =
    " Check semantic_embedding_api_base, semantic_embedding_model and semantic_embedding_api_key "
    "in config.json.";

enum Status { unauthorized = 401, forbidden = 403, too_many = 429, server_side = 500, busy = 503 };

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

/// How long an answer may be. Of other dimensions than before is one that is worth its reading.
std::size_t most_bytes_for(std::size_t inputs, std::optional<std::size_t> dimensions) {
    constexpr std::size_t kAround = 64U << 10U;
    constexpr std::size_t kOfNumber = 32;
    constexpr std::size_t kUsualDimensions = 4096;
    const std::size_t numbers =
        inputs * std::max(dimensions.value_or(kMostEmbeddingDimensions), kUsualDimensions);
    return std::min(kMostAnswerBytes, kAround + kOfNumber * numbers);
}

/// Null for whatever is not an array of finite numbers, or a longer one than any model gives.
std::optional<std::vector<float>> direction_in(const json& numbers) {
    if (!numbers.is_array() || numbers.empty() || numbers.size() > kMostEmbeddingDimensions) {
        return std::nullopt;
    }
    std::vector<float> direction;
    direction.reserve(numbers.size());
    for (const json& number : numbers) {
        if (!number.is_number()) return std::nullopt;
        direction.push_back(number.get<float>());
        if (!std::isfinite(direction.back())) return std::nullopt;
    }
    return direction;
}

}  // namespace

EmbeddingEndpoint::EmbeddingEndpoint(EmbeddingSettings settings, std::unique_ptr<HttpClient> client,
                                     EmbeddingPatience patience)
    : settings_(std::move(settings)),
      origin_(url_origin(settings_.url)),
      client_(std::move(client)),
      patience_(patience),
      dimensions_(settings_.dimensions) {}

std::optional<std::size_t> EmbeddingEndpoint::dimensions() {
    const std::scoped_lock lock(mutex_);
    return dimensions_;
}

Result<std::string> EmbeddingEndpoint::identity(const std::stop_token& stop) {
    auto known = dimensions();
    if (!known) {
        // What it says now may be another model's by the time that anybody looks again.
        const auto asked = embed_query(kProbe, stop);
        if (!asked) return tl::unexpected<Error>(asked.error());
        known = asked->size();
    }
    std::string identity = "EmbeddingEndpoint:" + settings_.model + ':' + std::to_string(*known);
    if (!settings_.query_prefix.empty() || !settings_.document_prefix.empty()) {
        const json prefixes = {settings_.query_prefix, settings_.document_prefix};
        identity += ':' + checksum_of(prefixes.dump()).short_hex();
    }
    return identity;
}

Result<EmbeddingProvider::Directions> EmbeddingEndpoint::embed_documents(
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
        auto some = embedded(
            rest_of_documents_,
            [&] {
                return ask_patiently({at(from), at(to)}, false, stop);
            },
            stop);
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
    const std::vector<std::string> inputs{settings_.query_prefix + std::string(text)};
    auto directions = embedded(
        rest_of_queries_, [&] { return ask_once(inputs, patience_.query, stop); }, stop);
    if (!directions) return tl::unexpected<Error>(directions.error());
    auto& direction = directions->front().value();
    remember(text, direction);
    return std::move(direction);
}

/// Another thread may have met another model meanwhile.
void EmbeddingEndpoint::remember(std::string_view text, const std::vector<float>& direction) {
    const std::scoped_lock lock(mutex_);
    if (dimensions_ != direction.size()) return;
    queries_.emplace_back(text, direction);
    if (queries_.size() > kQueriesKept) queries_.pop_front();
}

std::optional<Error> EmbeddingEndpoint::resting(const Rest& rest) {
    const std::scoped_lock lock(mutex_);
    if (!rest.failure || std::chrono::steady_clock::now() >= rest.until) return std::nullopt;
    return rest.failure;
}

/// What `ask` gets, unless it has failed a short while ago.
template <class Ask>
Result<EmbeddingEndpoint::Directions> EmbeddingEndpoint::embedded(Rest& rest, const Ask& ask,
                                                                  const std::stop_token& stop) {
    if (const auto failure = resting(rest)) return tl::unexpected(*failure);
    Asked<Directions> directions = ask();
    const std::scoped_lock lock(mutex_);
    if (directions) {
        rest.failure.reset();
        return *std::move(directions);
    }
    const Refusal& refusal = directions.error();
    // A query that it refuses says nothing about the server, nor does a call that was stopped.
    if (refusal.kind != Refusal::Kind::input && !stop.stop_requested()) {
        rest.failure = refusal.error;
        rest.until = std::chrono::steady_clock::now() + patience_.rest;
    }
    return tl::unexpected(refusal.error);
}

/// Again where that can help, then in halves. `is_half`: of what was refused already.
EmbeddingEndpoint::Asked<EmbeddingEndpoint::Directions> EmbeddingEndpoint::ask_patiently(
    const std::vector<std::string>& inputs, bool is_half, const std::stop_token& stop) {
    milliseconds wait = patience_.before_retry;
    auto directions = ask_once(inputs, patience_.documents, stop);
    for (int tries = kTriesOfDocuments; tries > 1 && !directions; --tries) {
        const Refusal& refusal = directions.error();
        if (refusal.kind != Refusal::Kind::passing || (is_half && refusal.may_be_input)) break;
        if (!pause(refusal.wait.value_or(wait), stop)) return directions;
        wait *= 2;
        directions = ask_once(inputs, patience_.documents, stop);
    }
    if (directions || !directions.error().may_be_input || stop.stop_requested()) return directions;
    if (inputs.size() == 1) return ask_alone(inputs, directions.error(), stop);
    return is_half || is_well(stop) ? ask_halves(inputs, stop) : directions;
}

/// The passage that is refused alone while the server takes another text goes without a direction.
/// One that got no answer may have come while the server began anew, after another one.
EmbeddingEndpoint::Asked<EmbeddingEndpoint::Directions> EmbeddingEndpoint::ask_alone(
    const std::vector<std::string>& input, Refusal refusal, const std::stop_token& stop) {
    if (refusal.is_silence) {
        if (!is_well(stop)) return tl::unexpected(std::move(refusal));
        auto again = ask_once(input, patience_.documents, stop);
        if (again || !again.error().may_be_input || stop.stop_requested()) return again;
        refusal = std::move(again.error());
    }
    if (!is_well(stop)) return tl::unexpected(std::move(refusal));
    Directions none(1);
    if (!refusal.is_silence) none.front().emplace();
    return none;
}

/// Whether it takes another text; one that does not answer may be about to come back.
bool EmbeddingEndpoint::is_well(const std::stop_token& stop) {
    milliseconds wait = patience_.before_retry;
    for (int tries = kTriesOfProbe;; --tries) {
        const auto probe = ask_once({std::string(kProbe)}, patience_.query, stop);
        if (probe) return true;
        if (tries == 1 || !probe.error().is_silence || !pause(wait, stop)) return false;
        wait *= 2;
    }
}

EmbeddingEndpoint::Asked<EmbeddingEndpoint::Directions> EmbeddingEndpoint::ask_halves(
    const std::vector<std::string>& inputs, const std::stop_token& stop) {
    const auto middle = inputs.begin() + static_cast<std::ptrdiff_t>(inputs.size() / 2);
    const std::vector<std::vector<std::string>> halves{{inputs.begin(), middle},
                                                       {middle, inputs.end()}};
    Directions all;
    for (const auto& half : halves) {
        auto some = ask_patiently(half, true, stop);
        if (!some) return some;
        std::move(some->begin(), some->end(), std::back_inserter(all));
    }
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
    call.most_bytes = most_bytes_for(inputs.size(), dimensions());
    call.stop = stop;
    const auto answer = client_->send(call);
    if (!answer) {
        return tl::unexpected(
            Refusal{{Fault::unavailable, "The embeddings endpoint does not answer. " +
                                             answer.error().message + std::string(kWayOut)},
                    answer.error().fault == CloudFault::network ? Refusal::Kind::passing
                                                                : Refusal::Kind::final,
                    {},
                    true,
                    true});
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
    if (status == too_many || status >= server_side) {
        refusal.kind = Refusal::Kind::passing;
        refusal.wait = wait_asked_for(answer);
        // Some servers say so of a passage that is too long, or that their model makes nothing of.
        refusal.may_be_input = status >= server_side && status != busy;
    } else if (status == 400 || status == 413 || status == 422) {
        refusal.kind = Refusal::Kind::input;
        refusal.may_be_input = true;
    }
    return refusal;
}

tl::unexpected<EmbeddingEndpoint::Refusal> EmbeddingEndpoint::bad(std::string what) const {
    Refusal refusal{{Fault::unavailable, "The embeddings endpoint at " + origin_ + ' ' +
                                             std::move(what) + std::string(kWayOut)}};
    // One passage without numbers spoils the answer for all.
    refusal.may_be_input = true;
    return tl::unexpected(std::move(refusal));
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
        if (place >= wanted || directions[place] || !direction) {
            return bad("gave something that is no embedding.");
        }
        directions[place] = std::move(direction);
    }
    const std::scoped_lock lock(mutex_);
    const std::size_t size = dimensions_.value_or(directions.front()->size());
    for (const auto& direction : directions) {
        if (direction->size() != size) {
            // Another model may stand behind the same name now.
            dimensions_ = settings_.dimensions;
            queries_.clear();
            auto other = bad("gave an embedding of " + std::to_string(direction->size()) +
                             " dimensions instead of " + std::to_string(size) + '.');
            other.value().may_be_input = false;
            return other;
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
