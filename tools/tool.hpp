#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace bm {

/// JSON whose objects keep their keys in order: results print as specified, and a client's metadata
/// lands in a note's frontmatter in the order it was given.
using Json = nlohmann::ordered_json;

/// What a running call may tell its caller and learn from it. Both members may be left empty.
/// `progress` may be called from the thread that runs the call only.
struct CallContext {
    std::function<void(double done, std::optional<double> total, std::string_view message)>
        progress;
    std::stop_token cancelled;
};

/// Hints for hosts that ask their user before a call.
struct ToolAnnotations {
    bool read_only = false;
    bool destructive = true;
    bool idempotent = false;
    bool open_world = false;
};

struct ImageContent {
    std::string mime_type;
    std::string base64;
};

/// The answer of a tool. A failing tool is an answer too: `is_error` is set and `value` is the
/// sentence for the model.
struct ToolReply {
    Json value;  ///< a string, an object, a list or a boolean
    bool is_error = false;
    std::vector<ImageContent> images = {};
    /// The call did not do what it was asked for: every error, and also the refusals and failures
    /// that are ordinary answers to a model. For callers that end with a status; never sent.
    bool failed = false;
};

/// One thing that a client may do.
struct Tool {
    std::string name;
    std::string title;
    std::string description;
    Json input_schema;
    Json output_schema;  ///< null when the tool promises no shape
    ToolAnnotations annotations;
    bool wraps_result = false;  ///< structured content is {"result": value}
    /// Thread-safe. Never throws for anything a caller can cause; a fault of ours propagates.
    std::function<ToolReply(const CallContext&, const Json& arguments)> run;
};

}  // namespace bm
