#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/content.hpp"
#include "tools/interaction.hpp"
#include "tools/json.hpp"

namespace bm {

/// What a running call may tell its caller and learn from it. Every member may be left empty. The
/// functions may be called from the thread that runs the call only.
struct CallContext {
    std::function<void(double done, std::optional<double> total, std::string_view message)>
        progress;
    std::stop_token cancelled;
    /// Tells what may be of interest, as a log message of that level.
    std::function<void(std::string_view text)> note = {};
    /// Gives up the stream that carries this call, for a client that takes its answer elsewhere.
    std::function<void()> leave_stream = {};
    ClientAbilities client = {};
    Answers answers = {};  ///< to what the run before this one has asked
    Json state = nullptr;  ///< what the run before this one wanted to be known; null in the first
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
    /// Stands in place of the text of `value` and the images, unless it is empty.
    Content content = {};
};

/// A call that goes on after it was answered with a handle, for a client that takes one; for others
/// it is the rest of the call. Ends in a reply, or asks and is run again with the answers.
struct BackgroundWork {
    std::function<std::variant<ToolReply, InputNeeded>(const CallContext&)> run;
};

/// What a run of a tool may come to that converses with its client.
using ToolOutcome = std::variant<ToolReply, InputNeeded, BackgroundWork>;

/// Whether calls of a tool may go on in the background.
enum class Background { never, possible, always };

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
    /// Instead of `run`, for a tool that asks its client or goes on in the background.
    std::function<ToolOutcome(const CallContext&, const Json& arguments)> converse = {};
    /// What a client must be able to do for it; others get an error before it is run.
    ClientAbilities needs_client = {};
    /// With `always`, clients that take no handles cannot call it.
    Background background = Background::never;
};

}  // namespace bm
