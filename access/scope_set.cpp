#include "access/scope_set.hpp"

#include "markdown/text.hpp"

namespace bm {

std::optional<ScopeSet> ScopeSet::parse(std::string_view text) {
    ScopeSet scopes;
    bool named_any = false;
    bool named_notes = false;
    bool knows_one = false;
    for (const std::string_view name : split(text, ' ')) {
        if (name.empty()) continue;
        named_any = true;
        if (name == "offline_access") {
            scopes.offline = knows_one = true;
        } else if (name == scope_name(Scope::write)) {
            scopes.write = named_notes = knows_one = true;
        } else if (name == scope_name(Scope::read)) {
            named_notes = knows_one = true;
        }
    }
    if (named_any && !knows_one) return std::nullopt;
    if (!named_notes) scopes.write = true;
    return scopes;
}

std::string ScopeSet::text() const {
    std::string text(scope_name(Scope::read));
    if (write) text.append(" ").append(scope_name(Scope::write));
    return text;
}

}  // namespace bm
