#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tools/json.hpp"

namespace bm {

/// What a client can do for a call beside taking its result, as it has declared. A question that it
/// did not declare is never put to it.
struct ClientAbilities {
    bool forms = false;     ///< shows its user a form (elicitation)
    bool sampling = false;  ///< asks its model
    bool roots = false;     ///< names the folders it works in
    bool tasks = false;     ///< takes a handle now and comes back for the result

    /// Everything that both have.
    [[nodiscard]] bool covers(const ClientAbilities& needed) const noexcept {
        return (forms || !needed.forms) && (sampling || !needed.sampling) &&
               (roots || !needed.roots) && (tasks || !needed.tasks);
    }
    [[nodiscard]] ClientAbilities lacking(const ClientAbilities& needed) const noexcept {
        return {needed.forms && !forms, needed.sampling && !sampling, needed.roots && !roots,
                needed.tasks && !tasks};
    }
};

/// Asks the user to fill in a form. The schema is a flat object of strings, numbers, booleans and
/// choices (MCP, elicitation). Never for secrets.
struct FormQuestion {
    std::string message;
    Json schema;
};
/// Asks the client's model.
struct SamplingQuestion {
    std::string prompt;
    int max_tokens = 0;
};
/// Asks for the folders the client works in.
struct RootsQuestion {};

using Question = std::variant<FormQuestion, SamplingQuestion, RootsQuestion>;

/// A call cannot go on without answers. It is run again from its start when they have come, with
/// them and `state` in its CallContext: so it does nothing that must not be done twice before it
/// has all it needs.
struct InputNeeded {
    struct Keyed {
        std::string key;  ///< unique within the call
        Question question;
    };
    std::vector<Keyed> questions;
    /// What the next run is to know. It may travel through the client, sealed. Null: nothing.
    Json state = nullptr;
    /// What a client is told that cannot be asked.
    std::string otherwise = "This tool needs input that the client cannot give.";
};

/// What a user did with a form.
struct FormAnswer {
    enum class Action { accepted, declined, cancelled };
    Action action = Action::cancelled;
    Json content = Json::object();  ///< an object; as the client sent it, so check what is used
};

/// The answers of one round, by key: objects as the protocol defines them, from a stranger.
class Answers {
public:
    Answers() = default;
    /// Keeps the members of `values` that are objects.
    explicit Answers(const Json& values);

    /// Null when the answer is missing.
    [[nodiscard]] const Json* find(std::string_view key) const;
    /// Nothing when the answer is missing or is not one to a form.
    [[nodiscard]] std::optional<FormAnswer> form(std::string_view key) const;
    /// The text of the client's model. Nothing when the answer is missing or holds no text.
    [[nodiscard]] std::optional<std::string> sampled_text(std::string_view key) const;

private:
    Json values_ = Json::object();
};

}  // namespace bm
