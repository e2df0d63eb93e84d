#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "importers/entry_json.hpp"
#include "importers/import_names.hpp"
#include "markdown/text.hpp"

// Conversations of ChatGPT: a tree of messages under `mapping`.

namespace bm {

namespace {

/// Where neither the conversation nor a message says when it was.
constexpr double kUnknownTime = 86400;

/// The nodes in the order in which they are read: depth first from the first one without a parent.
std::vector<const EntryJson*> nodes_in_order(const EntryJson& mapping,
                                             const std::vector<std::string>& keys) {
    std::vector<const EntryJson*> ordered;
    const auto root = std::find_if(keys.begin(), keys.end(), [&](const std::string& key) {
        const auto node = mapping.find(key);
        return node != mapping.end() && node->is_object() && member_of(*node, "parent").is_null();
    });
    if (root == keys.end()) return ordered;
    std::unordered_set<const EntryJson*> seen;
    std::vector<std::string> waiting{*root};
    while (!waiting.empty()) {
        const auto node = mapping.find(waiting.back());
        waiting.pop_back();
        if (node == mapping.end() || !seen.insert(&*node).second) continue;
        ordered.push_back(&*node);
        const EntryJson& children = member_of(*node, "children");
        if (!children.is_array()) continue;
        for (auto child = children.rbegin(); child != children.rend(); ++child) {
            if (child->is_string()) waiting.push_back(child->get<std::string>());
        }
    }
    return ordered;
}

std::string content_text(const EntryJson& content) {
    const auto kind = text_of(content, "content_type");
    if (kind == "code") {
        return fenced_text(text_of(content, "language").value_or(""),
                           text_of(content, "text").value_or(""));
    }
    // Between its pictures stands what was written.
    if (kind != "text" && kind != "multimodal_text") return "";
    std::vector<std::string> parts;
    const EntryJson& given = member_of(content, "parts");
    if (given.is_array()) {
        for (const EntryJson& part : given) {
            if (part.is_string()) parts.push_back(part.get<std::string>());
        }
    }
    return join(parts, "\n");
}

bool is_hidden(const EntryJson& message) {
    const EntryJson& flag =
        member_of(member_of(message, "metadata"), "is_visually_hidden_from_conversation");
    return flag.is_boolean() && flag.get<bool>();
}

struct Conversation {
    std::string body;
    std::size_t messages = 0;
    EntryJson earliest;  ///< time of a message; null when none has one
};

Conversation conversation_of(const std::string& title, const EntryJson& mapping,
                             const std::vector<std::string>& keys) {
    Conversation found{"# " + title + "\n\n", 0, {}};
    std::optional<std::string> earliest;
    for (const EntryJson* node : nodes_in_order(mapping, keys)) {
        const EntryJson& message = member_of(*node, "message");
        if (!message.is_object() || is_hidden(message)) continue;
        ++found.messages;
        const EntryJson& time = member_of(message, "create_time");
        if (auto clock = clock_of(time); clock && (!earliest || *clock < *earliest)) {
            earliest = std::move(clock);
            found.earliest = time;
        }
        const std::string role = words_of(member_of(message, "author"), "role").value_or("unknown");
        found.body += "### " + on_one_line(capitalised(role)) + " (" + shown_time(time) + ")\n";
        const std::string text = content_text(member_of(message, "content"));
        if (!text.empty()) found.body += text + '\n';
        found.body += '\n';
    }
    return found;
}

}  // namespace

Result<void> read_chatgpt(const EntryJson& entry, const OrderedKeys& nodes, EntryReading reading) {
    if (!entry.is_object())
        return fail(Fault::invalid,
                    "it is no conversation but a " + std::string(entry.type_name()));
    const EntryJson& mapping = member_of(entry, "mapping");
    if (!mapping.is_object()) {
        return fail(Fault::invalid, "it has no map of messages (\"mapping\")");
    }
    const auto title = words_of(entry, "title");
    const std::string shown = title ? on_one_line(*title) : "Untitled";
    Conversation conversation = conversation_of(shown, mapping, nodes.keys);
    EntryJson created = member_of(entry, "create_time");
    EntryJson modified = member_of(entry, "update_time");
    if (!clock_of(created)) created = conversation.earliest;
    if (!clock_of(created)) created = modified;
    if (!clock_of(created)) created = kUnknownTime;
    if (!clock_of(modified)) modified = created;
    const std::string clock = *clock_of(created);
    const std::string name = '-' + clean_import_name(title.value_or(""));
    ImportedNote note{
        compact_date(clock) + name,
        shown,
        "conversation",
        {{"created", Value::string(clock)}, {"modified", Value::string(*clock_of(modified))}},
        std::move(conversation.body),
        "created",
        {compact_date(clock, -1) + name, compact_date(clock, 1) + name}};
    if (reading.listener.note(std::move(note))) {
        ++reading.counts.conversations;
        reading.counts.messages += conversation.messages;
    }
    return {};
}

}  // namespace bm
