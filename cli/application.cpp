#include "cli/application.hpp"

#include "tools/make_catalog.hpp"

namespace bm {

const char* const kVersion = BM_VERSION;

Application::Application(Environment environment, Terminal terminal)
    : environment_(std::move(environment)),
      terminal_(std::move(terminal)),
      directory_(data_directory(environment_)) {}

Application::~Application() = default;

void Application::set_constraint(std::string project) { constraint_ = std::move(project); }

const Log& Application::log() {
    if (!file_log_) {
        const auto level = environment_("BASIC_MEMORY_LOG_LEVEL");
        file_log_ =
            std::make_unique<FileLog>(directory_.log(), log_level_from(level.value_or("info")));
        log_ = file_log_->log();
    }
    return log_;
}

KnowledgeBase& Application::knowledge() {
    if (!knowledge_) {
        knowledge_ = std::make_unique<KnowledgeBase>(
            KnowledgeBase::Parts{directory_, environment_, system_now, log(), constraint_});
    }
    return *knowledge_;
}

const Catalog& Application::catalog() {
    if (!catalog_) catalog_ = std::make_unique<Catalog>(make_catalog(knowledge(), kVersion));
    return *catalog_;
}

}  // namespace bm
