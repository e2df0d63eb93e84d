#pragma once

#include <optional>

#include "server/protocol_era.hpp"
#include "tools/tool.hpp"

namespace bm {

/// The identifier under which the tasks extension is declared by both sides.
inline constexpr const char* tasks_extension = "io.modelcontextprotocol/tasks";

/// What a client's capabilities object declares, as far as the revision knows it. Members that
/// are no objects, and those that we do not know, declare nothing.
[[nodiscard]] ClientAbilities declared_abilities(const Json& capabilities,
                                                 const RevisionPolicy& policy);

/// The other way: the smallest capabilities object that declares them.
[[nodiscard]] Json capabilities_json(const ClientAbilities& abilities);

/// The error that names what is needed and was not declared (-32021). Nothing when all is there.
[[nodiscard]] std::optional<ProtocolError> missing_abilities(const ClientAbilities& declared,
                                                             const ClientAbilities& needed);

/// What a client must have declared to call the tool.
[[nodiscard]] ClientAbilities needed_abilities(const Tool& tool);

}  // namespace bm
