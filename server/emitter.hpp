#pragma once

#include <optional>
#include <stop_token>
#include <string_view>

#include "server/connection.hpp"
#include "server/json_rpc.hpp"
#include "server/protocol_era.hpp"
#include "server/rate_limit.hpp"
#include "server/session.hpp"
#include "server/severity.hpp"

namespace bm {

using ProgressToken = RequestId;

/// What a request's metadata asks for besides the answer.
struct RequestMeta {
    std::optional<ProgressToken> progress_token;
    std::optional<Severity> log_threshold;  ///< modern: without it no log messages at all
    Json client_capabilities = Json::object();
};

/// Reads the metadata that every kind of request may carry. A progress token of a wrong type or an
/// unknown log level is refused as invalid params.
[[nodiscard]] OrError<RequestMeta> read_request_meta(const Json& params,
                                                     const RevisionPolicy& policy);

/// What goes to the client while one request is being worked on: progress, log messages and
/// questions. Belongs to the thread that runs the request. Silent once the request was cancelled or
/// answered.
class Emitter {
public:
    /// Progress messages per second; a client that repaints for each has better things to do.
    static constexpr std::size_t progress_per_second = 10;

    Emitter(MessageSink& sink, const RevisionPolicy& policy, const LegacySession* session,
            const RequestMeta& meta, std::stop_token cancelled, SteadyClock clock);

    /// Sent only when the client gave a token, the value has grown, and the limit allows it.
    /// Reaching the total is told beyond the limit.
    void progress(double done, std::optional<double> total, std::string_view message);

    /// Whether a log message of this severity would be sent.
    [[nodiscard]] bool wants(Severity severity) const;
    void log(Severity severity, std::string_view logger, Json content);

    /// False where a client hears of nothing but the answer.
    [[nodiscard]] bool reaches_client() const noexcept { return sink_.reaches_client(); }

    /// Sends a request of ours; `question` has its `method` and `params`. For sessions only.
    void ask(const RequestId& id, const Json& question);
    /// Tells the client that nobody waits any longer for its answer.
    void withdraw(const RequestId& id);

    /// Ends the stream that carries this request, where the client can take up the rest elsewhere.
    void leave_stream();

    /// The answer is about to go out.
    void close() noexcept { closed_ = true; }

private:
    [[nodiscard]] bool is_silent() const noexcept { return closed_ || cancelled_.stop_requested(); }

    MessageSink& sink_;
    const RevisionPolicy& policy_;
    const LegacySession* session_;
    std::optional<ProgressToken> token_;
    std::optional<Severity> log_threshold_;
    std::stop_token cancelled_;
    SteadyClock clock_;
    RateLimit limit_;
    std::optional<double> last_progress_;
    bool told_completion_ = false;
    bool closed_ = false;
};

}  // namespace bm
