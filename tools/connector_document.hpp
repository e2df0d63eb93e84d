#pragma once

#include <string>

#include "markdown/result.hpp"
#include "repository/project_repository.hpp"
#include "sync/knowledge_base.hpp"
#include "tools/tool.hpp"

/// What the tools search and fetch share: the form that connectors of chat hosts expect.
namespace bm {

/// `[{"type":"text","text":"{document}"}]`, the document with a blank after each ':' and ','.
Json connector_answer(const Json& document);

/// JSON with a blank after each ':' and ',', non-ASCII raw.
std::string spaced_json(const Json& json);

/// The project these tools work on: the constraint, else the default project whatever the mode.
/// Fault::not_found when there is none.
Result<Project> connector_project(KnowledgeBase& knowledge);

}  // namespace bm
