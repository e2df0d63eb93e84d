#include "cli/cloud_connection.hpp"
#include "cli/cloud_file_commands.hpp"
#include "cli/commands.hpp"
#include "cli/json_output.hpp"
#include "cloud/file_upload.hpp"
#include "cloud/host_view.hpp"
#include "markdown/permalink.hpp"

namespace bm {

namespace {

std::string counted_files(std::size_t count) { return std::to_string(count) + " file(s)"; }

/// One `bm cloud upload`.
class Upload {
public:
    Upload(Application& application, CloudConnection& cloud, const CloudUploadCommand& command)
        : terminal_(application.terminal()), cloud_(cloud), command_(command) {}

    CloudResult<void> run(const UploadPlan& plan) {
        if (auto found = find_project(); !found) return found;
        for (const auto& warning : plan.warnings) terminal_.error("Warning: " + warning);
        for (const auto& file : plan.archives) {
            if (!command_.dry_run) say("Skipping archive file: " + file.path);
        }
        if (plan.files.empty() && !(command_.dry_run && !plan.archives.empty())) {
            say("No files found to upload");
            return {};
        }
        if (command_.dry_run) return show(plan);
        say("Found " + counted_files(plan.files.size()) + " to upload");
        auto sent = upload_files(cloud_.session, slug(project_.name), plan.files,
                                 [&](const UploadFile& file, std::size_t number) {
                                     say("Uploading " + file.path + " (" + std::to_string(number) +
                                         "/" + std::to_string(plan.files.size()) + ")");
                                 });
        if (!sent) return sent;
        say("✓ Upload complete: " + counted_files(plan.files.size()) + " (" +
            upload_size_text(plan.bytes()) + ")");
        if (!plan.archives.empty()) {
            say("Skipped " + std::to_string(plan.archives.size()) + " archive file(s)");
        }
        say("Successfully uploaded to '" + project_.name + "'");
        if (command_.sync) index();
        return {};
    }

private:
    CloudResult<void> find_project() {
        const auto found = cloud_.api.find_project(command_.project);
        if (found) {
            project_ = *found;
            return {};
        }
        if (found.error().fault != CloudFault::project_not_found)
            return tl::unexpected(found.error());
        if (!command_.create_project) {
            return cloud_fail(
                CloudFault::project_not_found, "Project '" + command_.project + "' does not exist.",
                "Make it with: bm project add " + command_.project + "\nOr say --create-project");
        }
        project_.name = command_.project;
        if (command_.dry_run) return {};
        say("Creating cloud project '" + command_.project + "'...");
        const auto created =
            cloud_.api.create_project(command_.project, slug(command_.project), false);
        if (!created) return tl::unexpected(created.error());
        project_ = created->project;
        say("Created project '" + project_.name + "'");
        return {};
    }

    CloudResult<void> show(const UploadPlan& plan) {
        say("Files that would be uploaded:");
        for (const auto& file : plan.files)
            say("  " + file.path + " (" + upload_size_text(file.size) + ")");
        for (const auto& file : plan.archives) say("  [SKIP] " + file.path + " (archive file)");
        say("Total: " + counted_files(plan.files.size()) + " (" + upload_size_text(plan.bytes()) +
            ")");
        say("DRY RUN complete - no files were uploaded");
        return {};
    }

    void index() {
        say("Syncing project '" + project_.name + "'...");
        if (const auto started = cloud_.api.start_index(project_); !started) {
            terminal_.error("Warning: files are synced but indexing of '" + project_.name +
                            "' could not be started: " + started.error().message);
        }
    }

    void say(const std::string& text) {
        if (!command_.json) terminal_.line(text);
    }

    Terminal& terminal_;
    CloudConnection& cloud_;
    const CloudUploadCommand& command_;
    HostProject project_;
};

}  // namespace

int run_cloud_upload(Application& application, const CloudUploadCommand& command) {
    const auto user_rules = rules_in(application.directory().ignore_file());
    if (!user_rules) return fail_command(application, user_rules.error());
    const auto plan = plan_upload(expanded_path(command.path, application.environment()),
                                  *user_rules, command.no_gitignore);
    if (!plan) return fail_command(application, plan.error());
    if (!application.works_on_cloud()) {
        return fail_command(application,
                            CloudFailure{CloudFault::not_cloud_mode,
                                         "Cloud mode is off. Run 'bm cloud login' first.", ""});
    }
    const auto cloud = connect_to_cloud(application);
    if (!cloud) return kExitFailure;
    const auto done = Upload(application, *cloud, command).run(*plan);
    if (done) {
        if (command.json) {
            print_change(application,
                         {{"project", command.project},
                          {"dry_run", command.dry_run},
                          {"files", static_cast<std::int64_t>(plan->files.size())},
                          {"bytes", static_cast<std::int64_t>(plan->bytes())},
                          {"skipped", static_cast<std::int64_t>(plan->archives.size())}});
        }
        return 0;
    }
    auto failure = done.error();
    if (failure.message.starts_with("HTTP ")) failure.message = "Upload failed: " + failure.message;
    return fail_command(application, failure);
}

}  // namespace bm
