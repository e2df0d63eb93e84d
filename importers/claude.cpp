#include <string>
#include <utility>
#include <vector>

#include "importers/entry_json.hpp"
#include "importers/import_names.hpp"
#include "markdown/text.hpp"

// Conversations and projects of Claude.

namespace bm {

namespace {

/// The day of notes that do not say when they were made.
constexpr const char* kUnknownDate = "19700102";

std::string no_object(const char* what, const EntryJson& entry) {
    return std::string("it is no ") + what + " but a " + entry.type_name();
}

void add_time(ValueMap& keys, const char* key, const EntryJson& time) {
    if (time.is_string())
        keys.push_back({key, Value::string(on_one_line(time.get<std::string>()))});
    if (time.is_number()) keys.push_back({key, Value::string(shown_time(time))});
}

void add_text(ValueMap& keys, const char* key, const EntryJson& object, const char* name) {
    if (const auto text = text_of(object, name)) {
        keys.push_back({key, Value::string(on_one_line(*text))});
    }
}

std::string message_text(const EntryJson& message) {
    std::vector<std::string> texts;
    const EntryJson& content = member_of(message, "content");
    if (content.is_array()) {
        for (const EntryJson& part : content) {
            if (auto text = text_of(part, "text")) texts.push_back(*std::move(text));
        }
    }
    if (texts.empty()) return text_of(message, "text").value_or("");
    return join(texts, " ");
}

std::string attachments_text(const EntryJson& message) {
    std::string text;
    const EntryJson& attachments = member_of(message, "attachments");
    if (!attachments.is_array()) return text;
    for (const EntryJson& attachment : attachments) {
        const auto name = words_of(attachment, "file_name");
        if (!name) continue;
        text += "\n**Attachment: " + on_one_line(*name) + "**\n";
        if (const auto content = words_of(attachment, "extracted_content")) {
            text += fenced_text("", *content) + '\n';
        }
    }
    return text;
}

std::string message_section(const EntryJson& message) {
    const std::string sender = words_of(message, "sender").value_or("unknown");
    std::string section = "### " + on_one_line(capitalised(sender)) + " (" +
                          shown_time(member_of(message, "created_at")) + ")\n";
    if (const std::string text = message_text(message); !text.empty()) section += text + '\n';
    return section + attachments_text(message) + '\n';
}

std::string conversation_date(const EntryJson& entry, const EntryJson& messages) {
    if (const auto clock = clock_of(member_of(entry, "created_at"))) return compact_date(*clock);
    for (const EntryJson& message : messages) {
        if (const auto clock = clock_of(member_of(message, "created_at"))) {
            return compact_date(*clock);
        }
    }
    const auto clock = clock_of(member_of(entry, "updated_at"));
    return clock ? compact_date(*clock) : kUnknownDate;
}

/// A project, for the notes that are made of it.
struct ClaudeProject {
    const EntryJson& entry;
    std::string name;
    std::string folder;
};

ValueMap project_keys(const ClaudeProject& project, const EntryJson& created) {
    ValueMap keys;
    add_time(keys, "created", created);
    add_time(keys, "modified", member_of(project.entry, "updated_at"));
    keys.push_back({"project_name", Value::string(project.name)});
    add_text(keys, "project_uuid", project.entry, "uuid");
    return keys;
}

void read_document(const ClaudeProject& project, const EntryJson& doc, const std::string& where,
                   const EntryReading& reading) {
    if (!doc.is_object()) return reading.listener.skipped(where, no_object("document", doc));
    const auto content = text_of(doc, "content");
    if (!content) return reading.listener.skipped(where, "it has no text (\"content\")");
    const std::string name = on_one_line(words_of(doc, "filename").value_or("untitled"));
    const EntryJson& own_time = member_of(doc, "created_at");
    ValueMap keys = project_keys(
        project, own_time.is_null() ? member_of(project.entry, "created_at") : own_time);
    add_text(keys, "doc_uuid", doc, "uuid");
    if (reading.listener.note({project.folder + "/docs/" + clean_import_name(name), name,
                               "project_doc", std::move(keys), *content, "doc_uuid"})) {
        ++reading.counts.documents;
    }
}

void read_prompt(const ClaudeProject& project, const std::string& prompt,
                 const EntryReading& reading) {
    const std::string title = "Prompt Template: " + project.name;
    if (reading.listener.note({project.folder + "/prompt-template", title, "prompt_template",
                               project_keys(project, member_of(project.entry, "created_at")),
                               "# " + title + "\n\n" + prompt, "project_uuid"})) {
        ++reading.counts.prompts;
    }
}

}  // namespace

Result<void> read_claude_conversation(const EntryJson& entry, EntryReading reading) {
    if (!entry.is_object()) return fail(Fault::invalid, no_object("conversation", entry));
    const EntryJson& messages = member_of(entry, "chat_messages");
    if (!messages.is_array()) {
        return fail(Fault::invalid, "it has no list of messages (\"chat_messages\")");
    }
    std::string name = on_one_line(words_of(entry, "name").value_or(""));
    if (name.empty()) {
        name = "Conversation " + on_one_line(words_of(entry, "uuid").value_or("without a name"));
    }
    std::string body = "# " + name + "\n\n";
    std::size_t count = 0;
    std::size_t number = 0;
    for (const EntryJson& message : messages) {
        ++number;
        if (!message.is_object()) {
            reading.listener.skipped("message " + std::to_string(number) + " of " + reading.where,
                                     no_object("message", message));
            continue;
        }
        body += message_section(message);
        ++count;
    }
    ValueMap keys;
    add_time(keys, "created", member_of(entry, "created_at"));
    add_time(keys, "modified", member_of(entry, "updated_at"));
    if (reading.listener.note({conversation_date(entry, messages) + '-' + clean_import_name(name),
                               name, "conversation", std::move(keys), std::move(body),
                               "created"})) {
        ++reading.counts.conversations;
        reading.counts.messages += count;
    }
    return {};
}

Result<void> read_claude_project(const EntryJson& entry, EntryReading reading) {
    if (!entry.is_object()) return fail(Fault::invalid, no_object("project", entry));
    const auto written = words_of(entry, "name");
    const std::string name = on_one_line(written.value_or("Untitled"));
    const ClaudeProject project{entry, name, clean_import_name(written.value_or(""))};
    const EntryJson& docs = member_of(entry, "docs");
    if (!docs.is_array() && !docs.is_null()) {
        return fail(Fault::invalid, "its documents (\"docs\") are no list");
    }
    std::size_t number = 0;
    for (const EntryJson& doc : docs) {
        read_document(project, doc, "document " + std::to_string(++number) + " of " + reading.where,
                      reading);
    }
    if (const auto prompt = words_of(entry, "prompt_template")) {
        read_prompt(project, *prompt, reading);
    }
    return {};
}

}  // namespace bm
