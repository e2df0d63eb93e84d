#include "repository/posting_gatherer.hpp"

#include <utility>

#include "repository/tokenizer.hpp"

namespace bm {

namespace {

// Large enough that waking the thread costs nothing beside the work.
constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr std::size_t kMostChunks = 8;

}  // namespace

PostingGatherer::PostingGatherer() : thread_([this](const std::stop_token& stop) { work(stop); }) {}

PostingGatherer::~PostingGatherer() = default;

void PostingGatherer::add(const TextDocument& document) {
    filling_.parts.push_back(
        {document.doc, document.kind, document.title.size(), document.content.size()});
    filling_.text += document.title;
    filling_.text += document.content;
    if (filling_.text.size() >= kChunkBytes) hand_over();
}

void PostingGatherer::hand_over() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < kMostChunks || problem_; });
    if (!problem_) waiting_.push_back(std::move(filling_));
    lock.unlock();
    filling_ = {};
    changed_.notify_all();
}

std::size_t PostingGatherer::memory() {
    const std::scoped_lock lock(mutex_);
    return memory_;
}

PostingGatherer::Gathered& PostingGatherer::wait() {
    if (!filling_.parts.empty()) hand_over();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return problem_ || (waiting_.empty() && !is_gathering_); });
    if (problem_) std::rethrow_exception(problem_);
    return gathered_;
}

void PostingGatherer::clear() {
    gathered_.directory = DirectoryWriter();
    gathered_.tokens = 0;
    const std::scoped_lock lock(mutex_);
    memory_ = 0;
}

void PostingGatherer::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
        const std::vector<Chunk> chunks = std::exchange(waiting_, {});
        is_gathering_ = true;
        lock.unlock();
        changed_.notify_all();
        std::exception_ptr problem;
        try {
            for (const auto& chunk : chunks) gather(chunk);
        } catch (...) {
            problem = std::current_exception();
        }
        lock.lock();
        is_gathering_ = false;
        memory_ = gathered_.postings.memory();
        problem_ = problem;
        changed_.notify_all();
        if (problem_) return;
    }
}

void PostingGatherer::gather(const Chunk& chunk) {
    PostingBuffer& postings = gathered_.postings;
    std::string_view left = chunk.text;
    const auto take = [&](std::size_t size) {
        std::uint32_t count = 0;
        for (Tokenizer tokens(left.substr(0, size)); tokens.next(); ++count) {
            postings.add_token(tokens.token());
        }
        left.remove_prefix(size);
        return count;
    };
    for (const auto& part : chunk.parts) {
        postings.begin_document(gathered_.directory.size());
        std::uint32_t length = take(part.title);
        postings.begin_content();
        length += take(part.content);
        gathered_.directory.add(part.doc, part.kind, length);
        gathered_.tokens += length;
    }
}

}  // namespace bm
