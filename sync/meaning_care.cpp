#include "sync/meaning_care.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "sync/passage_vectors.hpp"

namespace bm {

namespace {

/// How often whoever waits for another process looks whether that has ended.
constexpr std::chrono::milliseconds kLookAgain{100};

}  // namespace

MeaningCare::MeaningCare(KnowledgeBase& knowledge, FindEndpoint find_endpoint,
                         std::chrono::milliseconds turn, std::chrono::milliseconds rest)
    : knowledge_(knowledge), find_endpoint_(std::move(find_endpoint)), turn_(turn), rest_(rest) {}

MeaningCare::~MeaningCare() = default;

Result<std::shared_ptr<EmbeddingProvider>> MeaningCare::endpoint() {
    if (!find_endpoint_) return nullptr;
    return find_endpoint_(*knowledge_.config());
}

Result<MeaningState> MeaningCare::bring_up_to_date(
    const Project& project, const std::shared_ptr<EmbeddingProvider>& endpoint,
    std::chrono::milliseconds patience, const std::stop_token& stop,
    const std::optional<std::chrono::steady_clock::time_point>& deadline) {
    NoteMeanings meanings(knowledge_, project, endpoint);
    auto state = meanings.state_uncounted(stop);
    if (!state || state->is_complete) return state;
    {
        std::unique_lock lock(mutex_);
        if (auto known = unreadable(project, endpoint, state->generation)) return *known;
        const auto is_same = [&](const auto& job) {
            return job->project.id == project.id && job->endpoint == endpoint;
        };
        auto found = std::find_if(jobs_.begin(), jobs_.end(), is_same);
        if (found == jobs_.end()) {
            jobs_.push_back(
                std::make_shared<Job>(Job{project, endpoint, std::chrono::steady_clock::now()}));
            found = std::prev(jobs_.end());
        }
        if (!thread_.joinable()) {
            thread_ = std::jthread([this](const std::stop_token& end) { run(end); });
        }
        changed_.notify_all();
        const auto job = *found;
        const auto until = job->wanted_at + patience;
        ++job->waiting;
        changed_.wait_until(lock, stop, deadline ? std::min(until, *deadline) : until, [&] {
            return std::find(jobs_.begin(), jobs_.end(), job) == jobs_.end();
        });
        --job->waiting;
        if (auto known = unreadable(project, endpoint, state->generation)) return *known;
    }
    return meanings.state(stop);
}

std::optional<MeaningState> MeaningCare::unreadable(
    const Project& project, const std::shared_ptr<EmbeddingProvider>& endpoint,
    std::int64_t generation) {
    const auto found = unreadable_.find(project.id);
    if (found == unreadable_.end()) return std::nullopt;
    const auto& [its_endpoint, state, until] = found->second;
    const bool is_so_still = its_endpoint == endpoint && state.generation == generation &&
                             std::chrono::steady_clock::now() < until;
    if (!is_so_still) return std::nullopt;
    return state;
}

void MeaningCare::run(const std::stop_token& stop) {
    while (true) {
        std::shared_ptr<Job> job;
        {
            std::unique_lock lock(mutex_);
            if (!changed_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
            if (stop.stop_requested()) return;
            job = jobs_.front();
        }
        const Outcome outcome = is_still_wanted(*job) ? work(*job, stop) : Outcome::ended;
        {
            const std::scoped_lock lock(mutex_);
            jobs_.pop_front();
            const bool is_awaited = outcome == Outcome::elsewhere && job->waiting > 0;
            if (outcome == Outcome::cut || is_awaited)
                jobs_.push_back(job);  // after those of others
        }
        changed_.notify_all();
        if (outcome == Outcome::ended && !stop.stop_requested()) tidy();
        if (outcome == Outcome::elsewhere) {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, stop, kLookAgain, [] { return false; });
        }
    }
}

MeaningCare::Outcome MeaningCare::work(const Job& job, const std::stop_token& stop) {
    std::string problem;
    Outcome outcome = Outcome::ended;
    try {
        NoteMeanings meanings(knowledge_, job.project, job.endpoint);
        const auto done = meanings.work_on(turn_, stop);
        if (stop.stop_requested()) return Outcome::ended;
        if (done && done->is_elsewhere) return Outcome::elsewhere;
        if (done && done->was_cut) outcome = Outcome::cut;
        if (!done) problem = done.error().message;
        if (done && !done->was_cut && done->unreadable > 0) {
            auto state = meanings.state(stop).value_or(*done);
            state.unreadable = done->unreadable;
            state.generation = done->generation;
            const std::scoped_lock lock(mutex_);
            unreadable_[job.project.id] = {job.endpoint, state,
                                           std::chrono::steady_clock::now() + rest_};
        }
    } catch (const std::exception& failure) {
        problem = failure.what();
    }
    if (!stop.stop_requested()) tell(job, problem);
    return outcome;
}

/// The user may have removed the project, or the address that his notes are sent to.
bool MeaningCare::is_still_wanted(const Job& job) {
    try {
        const auto now = knowledge_.find_project(job.project.name.str());
        if (!now || now->id != job.project.id) return false;
        if (!find_endpoint_) return true;
        const auto current = endpoint();
        return current && *current == job.endpoint;
    } catch (const std::exception&) {
        return false;
    }
}

/// What passages there are too many of is looked at now and then, since all have to be read.
void MeaningCare::tidy() {
    constexpr std::chrono::hours kSeldom{1};
    const auto now = std::chrono::steady_clock::now();
    if (tidied_at_ && now < *tidied_at_ + kSeldom) return;
    tidied_at_ = now;
    try {
        prune_passages(knowledge_.index());
    } catch (const std::exception& problem) {
        knowledge_.log()(LogLevel::warning,
                         std::string("Old embeddings are kept: ") + problem.what());
    }
}

/// Once, until it works again.
void MeaningCare::tell(const Job& job, const std::string& problem) {
    {
        const std::scoped_lock lock(mutex_);
        auto& told = told_[job.project.id];
        if (std::exchange(told, problem) == problem || problem.empty()) return;
    }
    knowledge_.log()(LogLevel::warning,
                     "The notes of project '" + job.project.name.str() +
                         "' cannot all be compared by meaning as they are now: " + problem);
}

}  // namespace bm
