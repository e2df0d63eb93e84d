#include "cli/relay_tools.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "server/protocol.hpp"

namespace bm {

namespace {

using OwnTools = std::vector<Tool>;

const RevisionPolicy& policy_of(std::string_view revision) {
    const auto* const known = find_revision(revision);
    return known != nullptr ? *known : negotiated_revision(newest_legacy_version);
}

std::string compact(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Tells the client how far a call is: only where it has asked for that, and never backwards.
class ToldProgress {
public:
    ToldProgress(const Json& params, const RelayToolCall& call, const RevisionPolicy& policy)
        : call_(call), policy_(policy) {
        if (!params.is_object() || !params.contains("_meta")) return;
        const Json& meta = params["_meta"];
        if (meta.is_object() && meta.contains(meta_key::progress_token))
            token_ = meta[meta_key::progress_token];
    }
    [[nodiscard]] bool is_wanted() const { return !token_.is_null(); }
    void tell(double done, std::optional<double> total, std::string_view message) {
        if (done <= last_) return;
        last_ = done;
        Json params = {{meta_key::progress_token, token_}, {"progress", done}};
        if (total) params["total"] = *total;
        if (policy_.progress_message) params["message"] = std::string(message);
        call_.write(compact({{"jsonrpc", "2.0"},
                             {"method", "notifications/progress"},
                             {"params", std::move(params)}}));
    }

private:
    const RelayToolCall& call_;
    const RevisionPolicy& policy_;
    Json token_ = nullptr;
    double last_ = -1;
};

ToolReply run_own(const Tool& tool, const RelayToolCall& call, const Json& params,
                  const RevisionPolicy& policy, const Log& log) {
    ToldProgress progress(params, call, policy);
    CallContext context;
    context.cancelled = call.cancelled;
    if (progress.is_wanted()) {
        context.progress = [&progress](double done, std::optional<double> total,
                                       std::string_view message) {
            progress.tell(done, total, message);
        };
    }
    const bool has_arguments = params.is_object() && params.contains("arguments");
    try {
        return tool.run(context, has_arguments ? params["arguments"] : Json::object());
    } catch (const std::exception& problem) {
        log(LogLevel::error, tool.name + ": " + problem.what());
        return {Json("Error calling tool '" + tool.name + "': it has failed."), true};
    }
}

}  // namespace

RelayTools make_relay_tools(std::vector<Tool> tools, const std::string& version, Log log) {
    const auto own = std::make_shared<const OwnTools>(std::move(tools));
    RelayTools made;
    for (const Tool& tool : *own) made.names.push_back(tool.name);
    made.declarations = [own](std::string_view revision) {
        Json list = Json::array();
        for (const Tool& tool : *own) list.push_back(encode_tool(tool, policy_of(revision)));
        return compact(list);
    };
    const Json implementation = {{"name", "Basic Memory"}, {"version", version}};
    made.call = [own, implementation, log = std::move(log)](const RelayToolCall& call) {
        const RevisionPolicy& policy = policy_of(call.revision);
        const Json params = Json::parse(call.params, nullptr, false);
        const auto tool = std::find_if(own->begin(), own->end(), [&](const Tool& each) {
            return params.is_object() && params.value("name", Json()) == each.name;
        });
        if (tool == own->end()) return std::string("{}");
        return compact(finished_result(
            encode_tool_reply(*tool, run_own(*tool, call, params, policy, log), policy), policy,
            std::nullopt, implementation));
    };
    return made;
}

}  // namespace bm
