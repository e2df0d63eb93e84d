#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cloud/cloud_session.hpp"
#include "cloud/project_binding.hpp"
#include "repository/log.hpp"

namespace bm {

/// A call of a tool that is answered here.
struct RelayToolCall {
    std::string_view revision;  ///< of the protocol
    std::string params;         ///< of `tools/call`, as JSON
    /// Sends a message to the client, for progress. From the thread of the call.
    std::function<void(std::string_view message)> write;
    std::stop_token cancelled;
};

/// Tools that concern this machine: the host has none of them.
struct RelayTools {
    std::vector<std::string> names = {};
    /// As `tools/list` declares them in a revision: a JSON array.
    std::function<std::string(std::string_view revision)> declarations = {};
    /// The result of `tools/call`, as JSON. Called from several threads; does not throw.
    std::function<std::string(const RelayToolCall& call)> call = {};
};

/// Carries MCP between a client on this machine, whose messages are lines, and a host, which speaks
/// Streamable HTTP: the lines go there as they are, and what comes back becomes lines again. Renews
/// the token and the session by itself. What cannot be carried is answered here, so that no request
/// stays without an answer.
class McpRelay {
public:
    struct Parts {
        CloudSession& session;
        HttpClient& http;
        /// The address of the host's endpoint.
        std::string endpoint;
        /// Takes one message, without a line end. Called from several threads at once.
        std::function<void(std::string_view message)> write;
        Log log = {};
        std::size_t longest_message = 32 * std::size_t{1024} * 1024;
        RelayTools tools = {};
        /// How many requests may be on their way; further ones wait.
        std::size_t most_requests = 64;
        std::optional<ProjectBinding> binding = {};  ///< none: the client may reach every project
    };
    explicit McpRelay(Parts parts);
    McpRelay(const McpRelay&) = delete;
    McpRelay& operator=(const McpRelay&) = delete;
    /// Ends what is on its way.
    ~McpRelay();

    /// One line of the client. Requests are carried by threads of their own; everything else is
    /// there when this returns. From one thread.
    void take(std::string line);

    /// Waits for what is on its way, ends the rest, and the session with the host.
    void finish(std::chrono::milliseconds patience);

private:
    struct Message;
    struct Carried {
        std::string id;  ///< JSON; empty: it may not be cancelled
        bool is_answered_here = false;
        std::stop_source stop;
        std::jthread thread;
        bool is_done = false;
    };

    void carry(const Message& message, const std::stop_token& stop);
    [[nodiscard]] CloudResult<HttpAnswer> post(const Message& message, const std::stop_token& stop);
    [[nodiscard]] CloudResult<HttpAnswer> post_once(const Message& message,
                                                    const std::string& token,
                                                    const std::stop_token& stop);
    [[nodiscard]] bool is_own(const Message& message) const;
    void answer_here(const Message& message, const std::stop_token& stop);
    void answer_bound(const Message& message, const std::string& answer);
    /// A page of tools/list, with ours after the host's last ones.
    [[nodiscard]] std::string with_own_tools(const Message& message, std::string answer) const;
    [[nodiscard]] std::string revision_of(const Message& message) const;
    void take_answer(const Message& message, const HttpAnswer& answer);
    void initialize(const Message& message);
    /// What lasts as long as the session, so that a new one can be told it again.
    void remember(const Message& message);
    [[nodiscard]] bool begin_anew(const std::string& gone_session, const std::stop_token& stop);
    /// A message of our own, whose answer is not the client's.
    [[nodiscard]] CloudResult<HttpAnswer> post_own(std::string text, const std::stop_token& stop);
    [[nodiscard]] bool tell_again(const std::stop_token& stop);
    /// Until the host has answered the first message the others wait, in their order.
    bool waits_for_session(const Message& message);
    void carry_waiting(const std::stop_token& stop);
    void start(const Message& message);
    void cancel(const std::string& id);
    void follow_session();
    void follow(const std::stop_token& stop);
    /// Where a stream of events was left, to go on from there.
    struct Followed {
        std::string session;
        std::string last_id;
    };
    [[nodiscard]] bool follow_once(Followed& followed, const std::stop_token& stop);
    void reap();
    void refuse(const Message& message, const CloudFailure& failure);
    void write_message(std::string_view json);
    [[nodiscard]] std::string session_id() const;

    Parts parts_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool is_initializing_ = false;
    std::deque<std::string> waiting_;
    std::list<Carried> carried_;
    std::string session_id_;     ///< of revisions that know sessions; empty: none
    std::string revision_;       ///< that both sides have agreed on
    std::string first_message_;  ///< `initialize`, for when the host has forgotten us
    std::map<std::string, std::string> subscribed_;  ///< parameters as JSON, by URI
    std::string log_level_;                          ///< the same; empty: none was chosen
    std::mutex anew_mutex_;
    std::jthread follower_;
};

}  // namespace bm
