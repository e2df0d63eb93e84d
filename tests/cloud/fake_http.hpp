#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "cloud/cloud_session.hpp"
#include "cloud/http_client.hpp"

namespace bm::test {

/// Answers calls from a list, and remembers them.
class FakeHttp final : public HttpClient {
public:
    using Answerer = std::function<CloudResult<HttpAnswer>(const HttpCall&)>;

    void answer(int status, std::string body, HttpHeaders headers = {}) {
        answer_by([=](const HttpCall&) { return HttpAnswer{status, headers, body}; });
    }
    void fail() {
        answer_by(
            [](const HttpCall&) { return cloud_fail(CloudFault::network, "Cannot reach it."); });
    }
    void answer_by(Answerer answerer) {
        const std::scoped_lock lock(mutex_);
        answers_.push_back(std::move(answerer));
    }

    [[nodiscard]] CloudResult<HttpAnswer> send(const HttpCall& call) override {
        Answerer answerer;
        {
            const std::scoped_lock lock(mutex_);
            calls.push_back(call);
            if (answers_.empty()) return cloud_fail(CloudFault::internal, "nothing left to answer");
            answerer = std::move(answers_.front());
            answers_.pop_front();
        }
        auto answer = answerer(call);
        if (!answer) return answer;
        if (call.on_head && !call.on_head(*answer))
            return cloud_fail(CloudFault::interrupted, "ended");
        if (call.on_piece) {
            if (!call.on_piece(answer->body)) return cloud_fail(CloudFault::interrupted, "ended");
            answer->body.clear();
        }
        return answer;
    }

    [[nodiscard]] static std::string header(const HttpCall& call, std::string_view name) {
        for (const auto& [key, value] : call.headers) {
            if (key == name) return value;
        }
        return {};
    }

    std::vector<HttpCall> calls;

private:
    std::mutex mutex_;
    std::deque<Answerer> answers_;
};

/// A session that has a key, with a host that answers from a list.
struct KeyedSession {
    FakeHttp http;
    CloudSession session{{.address = {.host = "https://h",
                                      .domain = "https://h",
                                      .client_id = "me",
                                      .api = "https://h/proxy",
                                      .api_key = "bmc_x"},
                          .tokens = TokenFile("/nowhere/tokens.json"),
                          .http = http,
                          .sleep = [](auto) {}}};
};

}  // namespace bm::test
