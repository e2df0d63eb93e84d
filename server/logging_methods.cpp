#include "server/method.hpp"
#include "server/params.hpp"

namespace bm {
namespace {

Outcome set_level(const Offering&, RequestContext& context) {
    const auto level = required_text(context.params, "level");
    if (!level) return level.error();
    const auto severity = severity_from(*level);
    if (!severity) {
        return ProtocolError{error_code::invalid_params, "Unknown log level: " + clipped(*level)};
    }
    context.session->set_log_threshold(*severity);
    return Json::object();
}

}  // namespace

void add_logging_methods(MethodTable& table) {
    table.push_back({.name = "logging/setLevel",
                     .era = Era::legacy,
                     .needs = Ability::logging,
                     .handle = set_level});
}

}  // namespace bm
