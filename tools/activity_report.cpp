#include "tools/activity_report.hpp"

#include <algorithm>
#include <array>

#include "markdown/names.hpp"
#include "markdown/text.hpp"
#include "tools/relative_time.hpp"
#include "tools/row_json.hpp"
#include "tools/text_rule.hpp"

namespace bm {
namespace {

constexpr std::size_t kShownRows = 5;  // of each section, and categories
constexpr std::size_t kShownPerCategory = 2;
constexpr std::size_t kGroupedObservations = 10;
constexpr std::size_t kLongestLine = 80;  // code points of an observation
constexpr std::size_t kShownFolders = 3;
constexpr std::size_t kOtherProjects = 4;
constexpr std::size_t kEntitiesLookedAt = 3;  // of each project, for key developments
constexpr std::size_t kShownDevelopments = 5;
constexpr std::size_t kActivityTitleCharacters = 100;

std::string count_text(std::size_t count) { return std::to_string(count); }

/// At most 80 characters: cut at the last blank unless that would lose more than a third of the
/// line.
std::string shortened(std::string_view text) {
    if (count_code_points(text) <= kLongestLine) {
        return std::string(text);
    }
    const auto head = first_code_points(text, kLongestLine);
    const auto blank = head.rfind(' ');
    if (blank != std::string_view::npos && count_code_points(head.substr(0, blank)) > 56) {
        return std::string(head.substr(0, blank)) + "...";
    }
    return std::string(first_code_points(text, 77)) + "...";
}

std::vector<const ActivityRow*> rows_of(const ActivityPage& page, ItemKind kind) {
    std::vector<const ActivityRow*> rows;
    for (const auto& row : page.rows) {
        if (row.kind == kind) {
            rows.push_back(&row);
        }
    }
    return rows;
}

std::string notes_section(const ActivityPage& page) {
    const auto notes = rows_of(page, ItemKind::entity);
    if (notes.empty()) {
        return {};
    }
    std::string text = "\n**📄 Recent Notes & Documents (" + count_text(notes.size()) + "):**\n";
    for (std::size_t i = 0; i < std::min(notes.size(), kShownRows); ++i) {
        const auto& note = notes[i]->entity;
        text += "  • " + note.title;
        if (const auto folder = parent_folder(note.path.str()); !folder.empty()) {
            text += " (" + std::string(folder) + ')';
        }
        text += '\n';
    }
    return text;
}

struct CategoryGroup {
    std::string_view category;
    std::vector<std::string_view> contents;
};

std::vector<CategoryGroup> grouped(const std::vector<const ActivityRow*>& observations) {
    std::vector<CategoryGroup> groups;
    for (std::size_t i = 0; i < std::min(observations.size(), kGroupedObservations); ++i) {
        const auto& observation = observations[i]->observation;
        if (!observation) {
            continue;
        }
        auto group = std::find_if(groups.begin(), groups.end(), [&](const CategoryGroup& known) {
            return known.category == observation->category;
        });
        if (group == groups.end()) {
            group = groups.insert(group, CategoryGroup{observation->category, {}});
        }
        group->contents.push_back(observation->content);
    }
    return groups;
}

std::string observations_section(const ActivityPage& page) {
    const auto observations = rows_of(page, ItemKind::observation);
    if (observations.empty()) {
        return {};
    }
    std::string text = "\n**🔍 Recent Observations (" + count_text(observations.size()) + "):**\n";
    const auto groups = grouped(observations);
    for (std::size_t i = 0; i < std::min(groups.size(), kShownRows); ++i) {
        const auto& group = groups[i];
        text += "  **" + std::string(group.category) + ":** " + count_text(group.contents.size()) +
                " items\n";
        for (std::size_t j = 0; j < std::min(group.contents.size(), kShownPerCategory); ++j) {
            text += "    - " + shortened(group.contents[j]) + '\n';
        }
    }
    return text;
}

std::string connections_section(const ActivityPage& page) {
    const auto relations = rows_of(page, ItemKind::relation);
    if (relations.empty()) {
        return {};
    }
    std::string text = "\n**🔗 Recent Connections (" + count_text(relations.size()) + "):**\n";
    for (std::size_t i = 0; i < std::min(relations.size(), kShownRows); ++i) {
        if (const auto& edge = relations[i]->edge) {
            text += "  • [[" + edge->from_title + "]] → " + edge->relation.type + " → " +
                    (edge->to_title ? "[[" + *edge->to_title + "]]" : "[Missing Link]") + '\n';
        }
    }
    return text;
}

/// What a model can do when there is nothing to show.
std::string nothing_recent(const Project& project, const ActivityQuery& query) {
    const std::string name = project.name.str();
    std::string text = "\nNo recent activity found in '" + name + "' project.\n";
    if (query.page > 1) {
        return text + "\nThis page is empty. Go back with page=" + count_text(query.page - 1) +
               ", or start again with page=1.";
    }
    if (query.kinds_were_named) {
        text += "\nOnly some kinds of rows were asked for. Leave out `type` to see everything.\n";
    }
    return text +
           "\nLook further back, or look for a word:\n"
           "- `recent_activity(project=\"" +
           name +
           "\", timeframe=\"30d\")`\n"
           "- `search_notes(project=\"" +
           name +
           "\", query=\"...\")`\n\n"
           "If there are no notes at all yet, offer to write a first one. Do so only when the user "
           "agrees:\n"
           "```\n"
           "write_note(project=\"" +
           name +
           "\", title=\"Getting Started\", "
           "content=\"# Getting Started\\n\\n- [goal] What this knowledge base is for\", "
           "directory=\"notes\")\n"
           "```";
}

std::string focus_areas(const ActivityPage& page) {
    std::vector<std::string> folders;
    for (const auto& row : page.rows) {
        std::string folder(parent_folder(row.entity.path.str()));
        if (!folder.empty() && std::find(folders.begin(), folders.end(), folder) == folders.end()) {
            folders.push_back(std::move(folder));
        }
        if (folders.size() == kShownFolders) {
            break;
        }
    }
    return join(folders, ", ");
}

/// The mark of a title that sounds like a result, or none.
std::string_view development_mark(std::string_view title) {
    const std::string lower = to_lower(title);
    const auto contains = [&](std::string_view word) {
        return lower.find(word) != std::string::npos;
    };
    if (contains("complete") || contains("fix")) {
        return "✅";
    }
    return contains("test") || contains("spec") ? "🧪" : "";
}

std::string key_developments(const std::vector<const ProjectActivity*>& active) {
    std::string text;
    std::size_t shown = 0;
    for (const auto* activity : active) {
        const auto notes = rows_of(activity->page, ItemKind::entity);
        for (std::size_t i = 0; i < std::min(notes.size(), kEntitiesLookedAt); ++i) {
            const auto& title = notes[i]->entity.title;
            const auto mark = development_mark(title);
            if (!mark.empty() && shown < kShownDevelopments) {
                ++shown;
                text += "- " + std::string(mark) + " **" + title + "**\n";
            }
        }
    }
    return text.empty() ? text : "\n**Key Developments:**\n" + text;
}

std::string busiest_section(const ProjectActivity& top, Timestamp now) {
    std::string text = "\n**Most Active Project:** " + top.project.name.str() + " (" +
                       std::to_string(top.page.total) + " items)\n";
    if (!top.page.rows.empty()) {
        const auto& latest = top.page.rows.front().entity;
        text += "- 🔧 **Latest:** " + latest.title + " (" +
                relative_time(std::max(latest.created, latest.updated), now) + ")\n";
    }
    if (const auto folders = focus_areas(top.page); !folders.empty()) {
        text += "- 📋 **Focus areas:** " + folders + '\n';
    }
    return text;
}

std::string others_section(std::vector<const ProjectActivity*> active, const ProjectActivity& top) {
    std::erase(active, &top);
    if (active.empty()) {
        return {};
    }
    std::stable_sort(active.begin(), active.end(), [](const auto* left, const auto* right) {
        return left->page.total > right->page.total;
    });
    std::string text = "\n**Other Active Projects:**\n";
    for (std::size_t i = 0; i < std::min(active.size(), kOtherProjects); ++i) {
        text += "- **" + active[i]->project.name.str() + "** (" +
                std::to_string(active[i]->page.total) + " items)\n";
    }
    return text;
}

std::string suggestion(const ProjectActivity* top, bool several) {
    if (top == nullptr) {
        return "No recent activity found in any project.\n"
               "Consider: ask the user which project to use, or whether to create a new one.\n";
    }
    const auto& name = top->project.name.str();
    return "Suggested project: '" + name + "' (most active with " +
           std::to_string(top->page.total) + " items)\nAsk user: 'Should I use " + name +
           " for this task" + (several ? ", or would you prefer a different project?'\n" : "?'\n");
}

}  // namespace

std::string project_activity_text(const ProjectActivity& activity, const ActivityQuery& query) {
    const auto& page = activity.page;
    std::string text =
        "## Recent Activity: " + activity.project.name.str() + " (" + query.timeframe + ")\n";
    if (page.rows.empty()) {
        return text + nothing_recent(activity.project, query);
    }
    text += notes_section(page) + observations_section(page) + connections_section(page);
    text += "\n**Activity Summary:** " + count_text(page.rows.size()) + " items found";
    text += "\nTotal available: " + std::to_string(page.total);
    const auto seen = (query.page - 1) * query.page_size + page.rows.size();
    if (static_cast<std::int64_t>(seen) < page.total) {
        text += "\nShowing " + count_text(page.rows.size()) + " items (page " +
                count_text(query.page) + "). Use page=" + count_text(query.page + 1) +
                " to see more.";
    }
    return text;
}

const ProjectActivity* most_active(const std::vector<ProjectActivity>& activities) {
    const ProjectActivity* top = nullptr;
    for (const auto& activity : activities) {
        if (activity.page.total > (top == nullptr ? 0 : top->page.total)) {
            top = &activity;
        }
    }
    return top;
}

std::string discovery_text(const std::vector<ProjectActivity>& activities,
                           const ActivityQuery& query, Timestamp now) {
    std::vector<const ProjectActivity*> active;
    std::int64_t total = 0;
    for (const auto& activity : activities) {
        if (activity.page.total > 0) {
            active.push_back(&activity);
            total += activity.page.total;
        }
    }
    const auto* top = most_active(activities);
    std::string text = "## Recent Activity Summary (" + query.timeframe + ")\n";
    if (top != nullptr) {
        text +=
            busiest_section(*top, now) + others_section(active, *top) + key_developments(active);
    }
    text += "\n**Summary:** " + count_text(active.size()) + " active projects, " +
            std::to_string(total) + " recent items\n\n" + text_rule() + '\n' +
            suggestion(top, active.size() > 1);
    return text + "\nSession reminder: Remember their project choice throughout this conversation.";
}

Json activity_rows(const std::vector<ActivityRow>& rows, std::string_view project) {
    Json list = Json::array();
    for (const auto& row : rows) {
        std::string title = row.entity.title;
        std::optional<std::string> permalink = row.entity.permalink;
        if (row.observation) {
            title = observation_title(*row.observation, kActivityTitleCharacters);
            permalink = permalink_of(*row.observation, row.entity);
        } else if (row.edge) {
            title = row.edge->from_title + " → " + target_name(*row.edge);
            permalink = permalink_of(*row.edge);
        }
        Json item = Json::object();
        item["type"] = kind_name(row.kind);
        item["title"] = std::move(title);
        item["permalink"] = json_or_null(permalink);
        item["file_path"] = row.entity.path.str();
        item["created_at"] = iso8601_utc(row.entity.created);
        if (!project.empty()) {
            item["project"] = project;
        }
        list.push_back(std::move(item));
    }
    return list;
}

}  // namespace bm
