#include "sync/knowledge_base.hpp"

#include <exception>
#include <utility>

#include "sync/passage_vectors.hpp"

namespace bm {

KnowledgeBase::KnowledgeBase(Parts parts)
    : whole_(std::make_shared<WholeKnowledge>(
          WholeKnowledge::Parts{std::move(parts.directory), std::move(parts.environment),
                                std::move(parts.clock), std::move(parts.log)})),
      constraint_(std::move(parts.constraint)) {}

KnowledgeBase::KnowledgeBase(const KnowledgeBase& all, std::string only)
    : whole_(all.whole_), constraint_(all.constraint()), only_(std::move(only)) {}

KnowledgeBase::~KnowledgeBase() = default;

std::unique_ptr<KnowledgeBase> KnowledgeBase::bound_to(const std::string& project) const {
    return std::unique_ptr<KnowledgeBase>(new KnowledgeBase(*this, project));
}

bool KnowledgeBase::sees(std::string_view project) const {
    if (!only_) return true;
    return project == *only_ && (!constraint_ || project == *constraint_);
}

std::shared_ptr<const Config> KnowledgeBase::config() {
    auto all = whole_->config();
    if (!only_) return all;
    const std::scoped_lock lock(mutex_);
    if (source_ != all) {
        auto visible = std::make_shared<Config>(*all);
        std::erase_if(visible->projects, [this](const auto& each) { return !sees(each.name); });
        visible->default_project = *only_;
        source_ = std::move(all);
        visible_ = std::move(visible);
    }
    return visible_;
}

Result<std::string> KnowledgeBase::masked_config_text() {
    if (!only_) return whole_->config_file().masked_text();
    return fail(Fault::forbidden, "The configuration names other projects than '" + *only_ +
                                      "', the only one of this caller.");
}

std::vector<Project> KnowledgeBase::projects() {
    auto list = whole_->projects();
    std::erase_if(list, [this](const Project& each) { return !sees(each.name.str()); });
    return list;
}

std::optional<Project> KnowledgeBase::find_project(std::string_view name) {
    if (!only_) return whole_->find_project(name);
    const auto visible = config();
    // Only what can be seen is compared, so that no answer tells of a project that is hidden.
    const auto* entry = find_configured(*visible, name);
    return entry == nullptr ? std::nullopt : whole_->find_project(entry->name);
}

Result<Project> KnowledgeBase::named_project(std::string_view name) {
    if (!only_) return whole_->named_project(name);
    if (auto project = find_project(name)) return *std::move(project);
    return fail(Fault::not_found, "Project '" + std::string(name) +
                                      "' not found. This caller is bound to '" + *only_ + "'.");
}

std::optional<Project> KnowledgeBase::find_project_by_id(std::string_view external_id) {
    auto project = whole_->find_project_by_id(external_id);
    return project && sees(project->name.str()) ? std::move(project) : std::nullopt;
}

std::optional<Project> KnowledgeBase::default_project() {
    return only_ ? find_project(*only_) : whole_->default_project();
}

IgnoreRules KnowledgeBase::ignore_rules(const Project& project) {
    IgnoreRules rules = whole_->ignore_rules(project);
    if (only_) rules.leave_to(inner_projects(project.path));
    return rules;
}

std::vector<InnerProject> KnowledgeBase::inner_projects(const std::filesystem::path& path) {
    auto list = whole_->inner_projects(path);
    if (!only_) return list;
    for (auto& each : list) each.name.clear();
    return list;
}

Result<void> KnowledgeBase::check_changes() const {
    if (!only_) return {};
    return fail(Fault::forbidden, "This caller is bound to project '" + *only_ +
                                      "' and can neither make, change nor remove projects.");
}

Result<AddedProject> KnowledgeBase::add_project(std::string_view name, std::string_view path,
                                                bool make_default) {
    return check_changes().and_then([&] { return whole_->add_project(name, path, make_default); });
}

Result<ConfiguredProject> KnowledgeBase::remove_project(std::string_view name) {
    return check_changes().and_then([&] {
        auto removed = whole_->remove_project(name);
        if (!removed) return removed;
        try {
            forget_unused_passages(index());
        } catch (const std::exception& problem) {
            // The project is gone whatever becomes of them.
            log()(LogLevel::warning,
                  "Embeddings of '" + removed->name +
                      "' stay until `bm reindex --embeddings`: " + problem.what());
        }
        return removed;
    });
}

Result<Project> KnowledgeBase::set_default_project(std::string_view name) {
    return check_changes().and_then([&] { return whole_->set_default_project(name); });
}

Result<Project> KnowledgeBase::set_project_path(std::string_view name, std::string_view path) {
    return check_changes().and_then([&] { return whole_->set_project_path(name, path); });
}

}  // namespace bm
