#include "tools/catalog.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace bm {
namespace {

template <class Entry>
void refuse_repeats(const std::vector<Entry>& entries, std::string Entry::*key, const char* what) {
    std::set<std::string_view> seen;
    for (const Entry& entry : entries) {
        if (!seen.insert(entry.*key).second) {
            throw std::logic_error(std::string("two ") + what + " are called " + entry.*key);
        }
    }
}

template <class Entry>
const Entry* find_named(const std::vector<Entry>& entries, std::string_view name) noexcept {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [name](const Entry& entry) { return entry.name == name; });
    return found == entries.end() ? nullptr : &*found;
}

}  // namespace

Catalog::Catalog(Entries entries) : entries_(std::move(entries)) {
    refuse_repeats(entries_.tools, &Tool::name, "tools");
    refuse_repeats(entries_.prompts, &Prompt::name, "prompts");
    refuse_repeats(entries_.resources, &Resource::uri, "resources");
    refuse_repeats(entries_.templates, &ResourceTemplate::uri_template, "resource templates");
}

const Tool* Catalog::find_tool(std::string_view name) const noexcept {
    return find_named(entries_.tools, name);
}

const Prompt* Catalog::find_prompt(std::string_view name) const noexcept {
    return find_named(entries_.prompts, name);
}

Result<ResourceText> Catalog::read_resource(const CallContext& call, std::string_view uri) const {
    for (const Resource& resource : entries_.resources) {
        if (resource.uri == uri) return resource.read(call);
    }
    for (const ResourceTemplate& candidate : entries_.templates) {
        auto answer = candidate.read(call, uri);
        if (answer || answer.error().fault != Fault::not_found) return answer;
    }
    return fail(Fault::not_found, "Unknown resource: " + std::string(uri));
}

const Catalog* Catalog::bound_to(const std::string& project) const {
    if (!entries_.bind) return nullptr;
    const std::scoped_lock lock(bound_->mutex);
    auto& bound = bound_->catalogs[project];
    if (!bound) bound = entries_.bind(project);
    return bound.get();
}

Result<std::string> Catalog::change_key(const CallContext& call, std::string_view uri) const {
    for (const ResourceTemplate& candidate : entries_.templates) {
        if (!candidate.change_key) continue;
        auto key = candidate.change_key(call, uri);
        if (key || key.error().fault != Fault::not_found) return key;
    }
    return std::string(uri);
}

}  // namespace bm
