#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "repository/posting_buffer.hpp"
#include "repository/segment_directory.hpp"
#include "repository/text_index.hpp"

namespace bm {

/// Takes documents apart into words on a thread of its own, while whoever adds them stores their
/// rows. Memory is bounded by what wait() and clear() are called for, and by half a megabyte of
/// text that waits. For one thread; it never touches a database.
class PostingGatherer {
public:
    PostingGatherer();
    ~PostingGatherer();
    PostingGatherer(const PostingGatherer&) = delete;
    PostingGatherer& operator=(const PostingGatherer&) = delete;

    /// Ordinals ascend with each document, from 0.
    void add(const TextDocument& document);
    /// Bytes that are gathered, as far as is known now.
    [[nodiscard]] std::size_t memory();

    struct Gathered {
        PostingBuffer postings;
        DirectoryWriter directory;
        std::int64_t tokens = 0;
    };
    /// Returns when all that was added is gathered. What went wrong on the thread is thrown here.
    /// The next add() ends the use of the result.
    [[nodiscard]] Gathered& wait();
    /// Begins anew with ordinal 0, after wait() and PostingBuffer::write_to().
    void clear();

private:
    /// Documents one after the other, their texts in one string.
    struct Chunk {
        struct Part {
            TextDoc doc;
            ItemKind kind;
            std::size_t title;
            std::size_t content;
        };
        std::vector<Part> parts;
        std::string text;
    };

    void work(const std::stop_token& stop);
    void gather(const Chunk& chunk);
    void hand_over();

    Chunk filling_;
    Gathered gathered_;  // the thread's, but for wait() and clear(), while nothing waits

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<Chunk> waiting_;
    bool is_gathering_ = false;
    std::size_t memory_ = 0;
    std::exception_ptr problem_;
    std::jthread thread_;  // last: joined before anything it uses goes
};

}  // namespace bm
