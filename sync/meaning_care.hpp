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

    MeaningCare(KnowledgeBase& knowledge, FindEndpoint find_endpoint);
    ~MeaningCare();
    MeaningCare(const MeaningCare&) = delete;
    MeaningCare& operator=(const MeaningCare&) = delete;

    /// The endpoint of the settings as they are now.
    [[nodiscard]] Result<std::shared_ptr<EmbeddingProvider>> endpoint();

    /// Sees to it that the vectors of `project` get up to date, and waits for it until `patience`
    /// after that was begun, or until `stop` is asked for. Work goes on after that. Fails as the
    /// endpoint does when it is asked what it is.
    Result<MeaningState> bring_up_to_date(const Project& project,
                                          const std::shared_ptr<EmbeddingProvider>& endpoint,
                                          std::chrono::milliseconds patience,
                                          const std::stop_token& stop);

private:
    struct Job {
        Project project;
        std::shared_ptr<EmbeddingProvider> endpoint;
        std::chrono::steady_clock::time_point wanted_at;
    };
    void run(const std::stop_token& stop);
    void work(const Job& job, const std::stop_token& stop);
    void tell(const Job& job, const std::string& problem);

    KnowledgeBase& knowledge_;
    FindEndpoint find_endpoint_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::shared_ptr<const Job>> jobs_;  ///< the first one is being done
    std::string told_;                             ///< the last problem in the log
    std::jthread thread_;                          ///< ends before all others go
};

}  // namespace bm
