#include "server/open_request.hpp"

#include <utility>

namespace bm {

OpenRequest::~OpenRequest() = default;

void OpenRequest::listen(Reply reply, SubscriptionFilter filter, ChangeBus& changes) {
    const std::scoped_lock lock(mutex_);
    if (!followed_.resize(filter.resources.bytes())) {
        return reply.error(no_room_to_follow());
    }
    subscription_ = std::make_unique<Subscription>(*sink_, reply.id(), std::move(filter), changes);
    reply_.emplace(std::move(reply));
}

void OpenRequest::finish_listening(const Dispatcher& dispatcher, const RevisionPolicy& policy) {
    const std::scoped_lock lock(mutex_);
    if (!subscription_) return;
    Json result = dispatcher.finished(subscription_->final_result(), policy);
    // First, so that no notice follows the answer.
    subscription_.reset();
    reply_->result(std::move(result));
    reply_.reset();
}

void OpenRequest::abandon() {
    const std::scoped_lock lock(mutex_);
    subscription_.reset();
    followed_.release();
    for (auto& taken : requests_.take_all()) {
        taken.stop.request_stop();
        taken.sink->skip();
    }
    reply_.reset();
}

void OpenRequest::give_up(const ProtocolError& error) {
    const std::scoped_lock lock(mutex_);
    subscription_.reset();
    for (auto& taken : requests_.take_all()) {
        taken.stop.request_stop();
        taken.sink->answer(error_message(taken.ticket.id, error));
    }
    reply_.reset();
}

OpenRequests::Membership::Membership(OpenRequests& all, std::shared_ptr<OpenRequest> one)
    : all_(all), one_(std::move(one)) {
    const std::scoped_lock lock(all_.mutex_);
    all_.open_.insert(one_);
}

OpenRequests::Membership::~Membership() {
    const std::scoped_lock lock(all_.mutex_);
    all_.open_.erase(one_);
}

std::vector<std::shared_ptr<OpenRequest>> OpenRequests::all() const {
    const std::scoped_lock lock(mutex_);
    return {open_.begin(), open_.end()};
}

}  // namespace bm
