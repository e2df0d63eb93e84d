#include "server/session_stream.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "server/answer_sinks.hpp"
#include "server/event_stream.hpp"
#include "server/json_document.hpp"

namespace bm {
namespace {

constexpr std::chrono::milliseconds reconnect_after{1000};

/// Notices that wait for a client to listen; equal ones count once.
constexpr std::size_t most_undelivered = 32;
constexpr std::size_t most_undelivered_bytes = 64 * std::size_t{1024};

std::optional<std::uint64_t> read_number(std::string_view digits) {
    std::uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, number);
    if (digits.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
}

}  // namespace

std::optional<EventId> EventId::from(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto stream = read_number(text.substr(0, dash));
    const auto event = read_number(text.substr(dash + 1));
    if (!stream || !event) return std::nullopt;
    const EventId id{*stream, *event};
    // Whoever spells it in another way, or names what comes before the first, was not given it.
    if (*event == 0 || id.text() != text) return std::nullopt;
    return id;
}

std::string EventId::text() const { return std::to_string(stream) + "-" + std::to_string(event); }

SessionStream::SessionStream(std::uint64_t number, const RevisionPolicy& policy,
                             std::size_t expected, bool can_be_resumed, KeptAnswers* kept)
    : number_(number),
      can_be_resumed_(can_be_resumed),
      kept_(can_be_resumed ? kept : nullptr),
      events_({}, kept_ == nullptr ? nullptr : kept_->total()),
      open_(expected) {
    if (policy.sse_priming && can_be_resumed_) {
        events_.add(sse_priming_event(next_id(), reconnect_after));
    }
}

SessionStream::~SessionStream() {
    if (kept_ != nullptr && place_ != 0) kept_->drop(place_);
}

std::string SessionStream::next_id() const {
    return can_be_resumed_ ? EventId{number_, events_.next_number()}.text() : "";
}

/// Takes an answer. The end of the stream, which follows the last one, wakes who sends both.
class SessionStream::LastWords final : public MessageSink {
public:
    explicit LastWords(SessionStream& stream) : stream_(stream) {}

    void send(const Json& message) override {
        const std::string text = compact_text(message);
        const std::scoped_lock lock(stream_.mutex_);
        if (!stream_.add(sse_event(text, stream_.next_id()), stream_.open_ == 1)) return;
        const auto id = message.find("id");
        const auto read = id == message.end() ? std::nullopt : RequestId::from(*id);
        if (read) stream_.answered_.push_back(*read);
    }

private:
    SessionStream& stream_;
};

/// Whether an outbox has taken it.
bool SessionStream::add(std::string bytes, bool is_last) {
    const bool is_taken =
        attached_ && (is_last ? attached_->push_quietly(bytes) : attached_->push(bytes));
    if (can_be_resumed_) events_.add(std::move(bytes));
    return is_taken;
}

std::vector<RequestId> SessionStream::answered() const {
    const std::scoped_lock lock(mutex_);
    return answered_;
}

void SessionStream::send(const Json& message) {
    const std::string text = compact_text(message);
    {
        const std::scoped_lock lock(mutex_);
        add(sse_event(text, next_id()));
    }
    make_room();
}

void SessionStream::answer(Json message) {
    LastWords words(*this);
    DirectAnswers(words).answer(std::move(message));
    skip();
}

void SessionStream::skip() {
    if (completes() && kept_ != nullptr) place_ = kept_->keep(weak_from_this());
    make_room();
}

void SessionStream::make_room() {
    if (kept_ != nullptr) kept_->make_room();
}

/// Whether this was the last answer; once.
bool SessionStream::completes() {
    const std::scoped_lock lock(mutex_);
    if (open_ == 0 || --open_ > 0) return false;
    completed_at_ = steady_now();
    if (attached_) std::exchange(attached_, nullptr)->end();
    return true;
}

void SessionStream::forget() {
    forgotten_ = true;
    const std::scoped_lock lock(mutex_);
    events_.clear();
}

bool SessionStream::attach(std::shared_ptr<Outbox> outbox, std::uint64_t event) {
    const std::scoped_lock lock(mutex_);
    const auto missed = events_.after(event);
    if (!missed) return false;
    // The beginning of a stream goes out with what follows it.
    if (event == 0 && open_ > 0) {
        outbox->push_quietly(*missed);
    } else {
        outbox->push(*missed);
    }
    if (attached_) attached_->end();
    attached_ = std::move(outbox);
    if (open_ == 0) std::exchange(attached_, nullptr)->end();
    return true;
}

void SessionStream::leave_stream() {
    const std::scoped_lock lock(mutex_);
    // Who was given no id has nothing to come back with.
    if (!can_be_resumed_ || events_.size() == 0) return;
    if (attached_) std::exchange(attached_, nullptr)->end();
}

bool SessionStream::is_complete() const {
    const std::scoped_lock lock(mutex_);
    return open_ == 0;
}

Moment SessionStream::completed_at() const {
    const std::scoped_lock lock(mutex_);
    return completed_at_;
}

StandaloneStream::StandaloneStream(KeptAnswers* kept)
    : kept_(kept), events_({}, kept == nullptr ? nullptr : kept->total()) {}

void StandaloneStream::send(const Json& message) {
    {
        const std::scoped_lock lock(mutex_);
        std::erase_if(attached_, [](const auto& outbox) { return outbox->has_ended(); });
        if (attached_.empty()) return keep_undelivered(message);
        const EventId id{number, events_.next_number()};
        events_.add(sse_event(compact_text(message), id.text()));
        attached_.back()->push(*events_.after(id.event - 1));
    }
    make_room();
}

void StandaloneStream::keep_undelivered(const Json& message) {
    if (undelivered_.size() >= most_undelivered || waits_already(message)) return;
    const std::size_t bytes = compact_text(message).size();
    if (undelivered_bytes_ + bytes > most_undelivered_bytes) return;
    undelivered_bytes_ += bytes;
    undelivered_.push_back(message);
}

void StandaloneStream::make_room() {
    if (kept_ == nullptr) return;
    kept_->make_room();
    if (!kept_->is_over()) return;
    const std::scoped_lock lock(mutex_);
    events_.clear();
}

bool StandaloneStream::waits_already(const Json& message) const {
    // What was logged while nobody listened is no news later.
    if (message.value("method", "") == "notifications/message") return true;
    return std::find(undelivered_.begin(), undelivered_.end(), message) != undelivered_.end();
}

StandaloneStream::Attached StandaloneStream::attach(std::shared_ptr<Outbox> outbox,
                                                    std::optional<std::uint64_t> event) {
    const std::scoped_lock lock(mutex_);
    if (has_ended_) return Attached::has_ended;
    std::erase_if(attached_, [](const auto& one) { return one->has_ended(); });
    if (attached_.size() >= most_listeners) return Attached::too_many;
    if (event) {
        const auto missed = events_.after(*event);
        if (!missed) return Attached::not_kept;
        outbox->push(*missed);
    }
    for (const Json& message : undelivered_) {
        const EventId id{number, events_.next_number()};
        events_.add(sse_event(compact_text(message), id.text()));
        outbox->push(*events_.after(id.event - 1));
    }
    undelivered_.clear();
    undelivered_bytes_ = 0;
    attached_.push_back(std::move(outbox));
    return Attached::yes;
}

void StandaloneStream::detach(const Outbox& outbox) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(attached_, [&](const auto& one) { return one.get() == &outbox; });
}

void StandaloneStream::end_all() {
    const std::scoped_lock lock(mutex_);
    has_ended_ = true;
    for (const auto& outbox : attached_) outbox->end();
    attached_.clear();
}

std::size_t StandaloneStream::listeners() const {
    const std::scoped_lock lock(mutex_);
    return attached_.size();
}

}  // namespace bm
