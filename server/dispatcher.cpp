#include "server/dispatcher.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "server/call_context.hpp"
#include "server/task_store.hpp"

namespace bm {
namespace {

constexpr std::size_t longest_logged_name = 100;
constexpr std::size_t secret_bytes = 32;

MethodTable all_methods() {
    MethodTable table;
    add_lifecycle_methods(table);
    add_tool_methods(table);
    add_prompt_methods(table);
    add_resource_methods(table);
    add_completion_methods(table);
    add_logging_methods(table);
    add_subscription_methods(table);
    add_task_methods(table);
    return table;
}

std::unique_ptr<TaskStore> make_task_store(const Catalog& catalog, ChangeBus* changes,
                                           const ServerLog& log) {
    if (!goes_on_in_background(catalog)) return nullptr;
    TaskStore::Options options{.log = log};
    if (changes != nullptr) {
        options.changed = [changes](const std::string& id) {
            changes->publish({Change::Kind::task, id});
        };
    }
    return std::make_unique<TaskStore>(std::move(options));
}

bool belongs_to(Era era, const RevisionPolicy& policy) {
    switch (era) {
        case Era::legacy:
            return !policy.modern;
        case Era::modern:
            return policy.modern;
        case Era::both:
            break;
    }
    return true;
}

}  // namespace

Dispatcher::Dispatcher(const Catalog& catalog, AnnouncedChanges announced, std::size_t page_size,
                       ServerLog log, const DispatcherServices& services)
    : log_(std::move(log)),
      states_(services.secret.empty() ? random_bytes(secret_bytes) : services.secret),
      tasks_(make_task_store(catalog, services.changes, log_)),
      offering_{catalog, announced, page_size, &states_, tasks_.get(), services.legacy_sessions},
      implementation_(encode_implementation(catalog)),
      table_(all_methods()) {}

Dispatcher::~Dispatcher() = default;

OrError<const Method*> Dispatcher::find(std::string_view name, const RevisionPolicy& policy) const {
    const auto found = std::find_if(table_.begin(), table_.end(),
                                    [name](const Method& row) { return row.name == name; });
    if (found == table_.end() || !belongs_to(found->era, policy) || !offering_.has(found->needs)) {
        return refuse(error_code::method_not_found, "Method not found: " + clipped(name));
    }
    return &*found;
}

bool Dispatcher::computes(const Method& method, const Json& params) const {
    if (method.needs == Ability::prompts) return false;  // a prompt may ask its client
    if (method.name != "tools/call") return true;
    const auto name = params.find("name");
    if (name == params.end() || !name->is_string()) return true;
    const Tool* tool = offering_.catalog.find_tool(name->get_ref<const std::string&>());
    return tool == nullptr || (tool->annotations.read_only && !tool->converse);
}

Outcome Dispatcher::dispatch(const Method& method, RequestContext& context) const {
    try {
        if (method.runs == Runs::on_worker && context.emitter.wants(Severity::debug)) {
            context.emitter.log(Severity::debug, "server", std::string(method.name) + " begins");
        }
        Outcome outcome = handle(method, context);
        if (auto* result = std::get_if<Json>(&outcome)) {
            *result = finished(std::move(*result), context.policy, method.cache);
        }
        return outcome;
    } catch (const std::exception& error) {
        return fault(method, context, error.what());
    } catch (...) {
        return fault(method, context, "something that is not an exception was thrown");
    }
}

Outcome Dispatcher::handle(const Method& method, RequestContext& context) const {
    const auto project = project_of(context);
    if (!project) return method.handle(offering_, context);
    // Whatever the call says, it finds nothing but what works in the caller's project.
    const Catalog* bound = offering_.catalog.bound_to(*project);
    if (bound == nullptr) {
        return ProtocolError{error_code::invalid_request,
                             "Callers that are bound to one project are not served here"};
    }
    const Offering narrowed{*bound, offering_.announced, offering_.page_size, offering_.states,
                            offering_.tasks};
    return method.handle(narrowed, context);
}

Json Dispatcher::finished(Json result, const RevisionPolicy& policy,
                          const std::optional<CacheHint>& hint) const {
    return finished_result(std::move(result), policy, hint, implementation_);
}

ProtocolError Dispatcher::fault(const Method& method, RequestContext& context,
                                std::string_view what) const {
    std::string line(method.name);
    // Which tool, prompt or resource; never the rest of the parameters, which may be private.
    if (const auto name = context.params.find("name");
        name != context.params.end() && name->is_string()) {
        line += " " + name->get_ref<const std::string&>().substr(0, longest_logged_name);
    }
    if (log_) log_(Severity::error, line + " failed: " + std::string(what));
    context.emitter.log(Severity::error, "server",
                        std::string(method.name) + " failed inside the server");
    return {error_code::internal, "Internal error: the server's log has the details"};
}

}  // namespace bm
