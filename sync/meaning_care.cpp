#include "sync/meaning_care.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace bm {

MeaningCare::MeaningCare(KnowledgeBase& knowledge, FindEndpoint find_endpoint)
    : knowledge_(knowledge), find_endpoint_(std::move(find_endpoint)) {}

MeaningCare::~MeaningCare() = default;

Result<std::shared_ptr<EmbeddingProvider>> MeaningCare::endpoint() {
    if (!find_endpoint_) return nullptr;
    return find_endpoint_(*knowledge_.config());
}

Result<MeaningState> MeaningCare::bring_up_to_date(
    const Project& project, const std::shared_ptr<EmbeddingProvider>& endpoint,
    std::chrono::milliseconds patience, const std::stop_token& stop) {
    NoteMeanings meanings(knowledge_, project, endpoint);
    auto state = meanings.state(stop);
    if (!state || state->is_complete) return state;
    {
        std::unique_lock lock(mutex_);
        const auto is_same = [&](const auto& job) {
            return job->project.id == project.id && job->endpoint == endpoint;
        };
        auto found = std::find_if(jobs_.begin(), jobs_.end(), is_same);
        if (found == jobs_.end()) {
            jobs_.push_back(std::make_shared<const Job>(
                Job{project, endpoint, std::chrono::steady_clock::now()}));
            found = std::prev(jobs_.end());
        }
        if (!thread_.joinable()) {
            thread_ = std::jthread([this](const std::stop_token& end) { run(end); });
        }
        changed_.notify_all();
        const auto job = *found;
        changed_.wait_until(lock, stop, job->wanted_at + patience, [&] {
            return std::find(jobs_.begin(), jobs_.end(), job) == jobs_.end();
        });
    }
    return meanings.state(stop);
}

void MeaningCare::run(const std::stop_token& stop) {
    while (true) {
        std::shared_ptr<const Job> job;
        {
            std::unique_lock lock(mutex_);
            if (!changed_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
            if (stop.stop_requested()) return;
            job = jobs_.front();
        }
        work(*job, stop);
        {
            const std::scoped_lock lock(mutex_);
            jobs_.pop_front();
        }
        changed_.notify_all();
    }
}

void MeaningCare::work(const Job& job, const std::stop_token& stop) {
    constexpr std::chrono::hours kAsLongAsItTakes{24};
    std::string problem;
    try {
        const auto done = NoteMeanings(knowledge_, job.project, job.endpoint)
                              .bring_up_to_date(kAsLongAsItTakes, stop);
        if (!done) problem = done.error().message;
    } catch (const std::exception& failure) {
        problem = failure.what();
    }
    if (!stop.stop_requested()) tell(job, problem);
}

/// Once, until it works again.
void MeaningCare::tell(const Job& job, const std::string& problem) {
    {
        const std::scoped_lock lock(mutex_);
        if (std::exchange(told_, problem) == problem || problem.empty()) return;
    }
    knowledge_.log()(LogLevel::warning,
                     "The notes of project '" + job.project.name.str() +
                         "' cannot all be compared by meaning as they are now: " + problem);
}

}  // namespace bm
