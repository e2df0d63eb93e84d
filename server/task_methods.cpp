#include <string>
#include <utility>

#include "server/call_context.hpp"
#include "server/client_abilities.hpp"
#include "server/method.hpp"
#include "server/params.hpp"
#include "server/task_store.hpp"

namespace bm {
namespace {

/// The id of the task that a request is about, from a client that has declared the extension.
OrError<std::string> named_task(const RequestContext& context) {
    if (auto missing = missing_abilities(client_abilities(context), {.tasks = true})) {
        return tl::unexpected(*std::move(missing));
    }
    return required_text(context.params, "taskId");
}

ProtocolError unknown_task(const std::string& id) {
    return {error_code::invalid_params, "Unknown task: " + clipped(id)};
}

Outcome get_task(const Offering& offering, RequestContext& context) {
    const auto id = named_task(context);
    if (!id) return id.error();
    auto task = offering.tasks->find(owner_of(context), *id);
    if (!task) return unknown_task(*id);
    return *std::move(task);
}

Outcome update_task(const Offering& offering, RequestContext& context) {
    const auto id = named_task(context);
    if (!id) return id.error();
    const auto responses = context.params.find("inputResponses");
    if (responses == context.params.end() || !responses->is_object()) {
        return ProtocolError{error_code::invalid_params, "inputResponses is not an object"};
    }
    if (!offering.tasks->answer(owner_of(context), *id, *responses)) return unknown_task(*id);
    return Json::object();
}

Outcome cancel_task(const Offering& offering, RequestContext& context) {
    const auto id = named_task(context);
    if (!id) return id.error();
    if (!offering.tasks->cancel(owner_of(context), *id)) return unknown_task(*id);
    return Json::object();
}

}  // namespace

void add_task_methods(MethodTable& table) {
    table.push_back(
        {.name = "tasks/get", .era = Era::modern, .needs = Ability::tasks, .handle = get_task});
    table.push_back({.name = "tasks/update",
                     .era = Era::modern,
                     .needs = Ability::tasks,
                     .handle = update_task});
    table.push_back({.name = "tasks/cancel",
                     .era = Era::modern,
                     .needs = Ability::tasks,
                     .handle = cancel_task});
}

}  // namespace bm
