#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "repository/embedding_provider.hpp"
#include "sync/knowledge_base.hpp"
#include "sync/note_meanings.hpp"

namespace bm {

/// Keeps the vectors of projects up to date for those who compare meanings, on a thread of its own
/// that is made when there is first something to do. Thread-safe. The knowledge base must outlive
/// it; its end cuts the work short.
class MeaningCare {
public:
    /// Null where the settings name none; an error says what is wrong with them.
    using FindEndpoint =
        std::function<Result<std::shared_ptr<EmbeddingProvider>>(const Config& config)>;

    /// Projects take turns of about `turn`. After a run that left files which cannot be read the
    /// next one comes when a note has changed, or after `rest`.
    MeaningCare(KnowledgeBase& knowledge, FindEndpoint find_endpoint,
                std::chrono::milliseconds turn = std::chrono::seconds(3),
                std::chrono::milliseconds rest = std::chrono::minutes(1));
    ~MeaningCare();
    MeaningCare(const MeaningCare&) = delete;
    MeaningCare& operator=(const MeaningCare&) = delete;

    /// The endpoint of the settings as they are now.
    [[nodiscard]] Result<std::shared_ptr<EmbeddingProvider>> endpoint();

    /// Sees to it that the vectors of `project` get up to date, and waits for it until `patience`
    /// after that was begun, until `deadline`, or until `stop` is asked for. Work goes on after
    /// that, as long as the settings name the same endpoint and the project is there; several
    /// projects take turns. Where another process is at it, this one takes over what is left when
    /// that ends and somebody is still waiting. Fails as the endpoint does when it is asked what it
    /// is.
    Result<MeaningState> bring_up_to_date(
        const Project& project, const std::shared_ptr<EmbeddingProvider>& endpoint,
        std::chrono::milliseconds patience, const std::stop_token& stop,
        const std::optional<std::chrono::steady_clock::time_point>& deadline = {});

private:
    struct Job {
        Project project;
        std::shared_ptr<EmbeddingProvider> endpoint;
        std::chrono::steady_clock::time_point wanted_at;
        int waiting = 0;  ///< callers
    };
    enum class Outcome { ended, cut, elsewhere };
    /// What a run could not do anything about.
    struct Unreadable {
        std::shared_ptr<EmbeddingProvider> endpoint;
        MeaningState state;
        std::chrono::steady_clock::time_point until;  ///< nobody tries again
    };
    void run(const std::stop_token& stop);
    Outcome work(const Job& job, const std::stop_token& stop);
    /// After `mutex_` was locked: what is known of a project in which there is nothing to do now.
    [[nodiscard]] std::optional<MeaningState> unreadable(
        const Project& project, const std::shared_ptr<EmbeddingProvider>& endpoint,
        std::int64_t generation);
    [[nodiscard]] bool is_still_wanted(const Job& job);
    void tidy();
    void tell(const Job& job, const std::string& problem);

    KnowledgeBase& knowledge_;
    FindEndpoint find_endpoint_;
    const std::chrono::milliseconds turn_;
    const std::chrono::milliseconds rest_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::shared_ptr<Job>> jobs_;  ///< the first one is being done
    std::map<ProjectId, Unreadable> unreadable_;
    std::map<ProjectId, std::string> told_;  ///< the last problem in the log
    std::optional<std::chrono::steady_clock::time_point> tidied_at_;  ///< of the thread
    std::jthread thread_;                                             ///< ends before all others go
};

}  // namespace bm
