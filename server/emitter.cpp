#include "server/emitter.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace bm {
namespace {

/// Whole numbers are printed without a fraction: 50, not 50.0.
Json number(double value) {
    constexpr double exact = 9007199254740992.0;  // 2^53: beyond it doubles skip whole numbers
    if (std::floor(value) == value && std::abs(value) <= exact) {
        return static_cast<std::int64_t>(value);
    }
    return value;
}

}  // namespace

OrError<RequestMeta> read_request_meta(const Json& params, const RevisionPolicy& policy) {
    RequestMeta out;
    const auto meta = params.find("_meta");
    if (meta == params.end() || meta->is_null()) return out;
    if (!meta->is_object()) return refuse(error_code::invalid_params, "_meta is not an object");
    if (const auto token = meta->find(meta_key::progress_token);
        token != meta->end() && !token->is_null()) {
        out.progress_token = RequestId::from(*token);
        if (!out.progress_token) {
            return refuse(error_code::invalid_params,
                          "progressToken is neither a string nor a whole number");
        }
    }
    if (!policy.modern) return out;
    if (const auto level = meta->find(meta_key::log_level); level != meta->end()) {
        if (level->is_string()) {
            out.log_threshold = severity_from(level->get_ref<const std::string&>());
        }
        if (!out.log_threshold) {
            return refuse(error_code::invalid_params,
                          std::string(meta_key::log_level) + " is not a log level");
        }
    }
    if (const auto capabilities = meta->find(meta_key::client_capabilities);
        capabilities != meta->end()) {
        out.client_capabilities = *capabilities;
    }
    return out;
}

Emitter::Emitter(MessageSink& sink, const RevisionPolicy& policy, const LegacySession* session,
                 const RequestMeta& meta, std::stop_token cancelled, SteadyClock clock)
    : sink_(sink),
      policy_(policy),
      session_(session),
      token_(meta.progress_token),
      log_threshold_(meta.log_threshold),
      cancelled_(std::move(cancelled)),
      clock_(std::move(clock)),
      limit_(progress_per_second, std::chrono::seconds(1)) {}

void Emitter::progress(double done, std::optional<double> total, std::string_view message) {
    if (!token_ || is_silent() || !std::isfinite(done)) return;
    if (last_progress_ && done <= *last_progress_) return;
    // The last step is not swallowed, whatever came before it: once, for calls that grow their
    // total.
    const bool is_complete = total && done >= *total;
    if (!limit_.admits(clock_()) && (!is_complete || told_completion_)) return;
    told_completion_ = told_completion_ || is_complete;
    last_progress_ = done;
    Json params = {{"progressToken", token_->json()}, {"progress", number(done)}};
    if (total && std::isfinite(*total)) params["total"] = number(*total);
    if (policy_.progress_message && !message.empty()) params["message"] = std::string(message);
    sink_.send(notification_message("notifications/progress", std::move(params)));
}

bool Emitter::wants(Severity severity) const {
    if (is_silent()) return false;
    if (policy_.modern) return log_threshold_ && severity >= *log_threshold_;
    return session_ != nullptr && severity >= session_->log_threshold();
}

void Emitter::log(Severity severity, std::string_view logger, Json content) {
    if (!wants(severity)) return;
    Json params = {{"level", std::string(severity_name(severity))}};
    if (!logger.empty()) params["logger"] = std::string(logger);
    params["data"] = std::move(content);
    sink_.send(notification_message("notifications/message", std::move(params)));
}

void Emitter::ask(const RequestId& id, const Json& question) {
    if (!is_silent()) sink_.send(request_message(id, question));
}

void Emitter::withdraw(const RequestId& id) {
    // Also when the request itself was cancelled: the client's user still sees the question.
    if (!closed_) {
        sink_.send(notification_message("notifications/cancelled", {{"requestId", id.json()}}));
    }
}

void Emitter::leave_stream() {
    if (!is_silent()) sink_.leave_stream();
}

}  // namespace bm
