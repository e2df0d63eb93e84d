#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "access/form_body.hpp"
#include "host/host_answers.hpp"
#include "host/host_storage.hpp"
#include "host/spaces.hpp"

namespace bm {

/// Runs a program of whoever runs the host, with what is added to its environment, and gives what
/// it prints; nothing when it cannot be run or fails.
using RunCommand = std::function<std::optional<std::string>(
    const std::vector<std::string>& words, const std::vector<std::string>& environment)>;

/// What the routes work with. Outlives them.
struct RouteParts {
    Access& access;
    Spaces& spaces;
    HostStorage storage;
    std::string version;
    RunCommand run_command = {};
};

/// A request that has passed the door, and the space of who sent it.
struct RouteCall {
    const HttpRequest& request;
    const Principal& caller;
    std::int64_t account;
    Space& space;
    std::vector<std::string> path;  ///< decoded segments behind the base

    /// The path in words, `*` for any segment: `projects/*/default`.
    [[nodiscard]] bool is(std::string_view pattern) const;
    [[nodiscard]] bool asks(std::string_view method) const { return request.method == method; }
};

/// The switches of a query; what is none is answered with 422.
class RouteQuery {
public:
    explicit RouteQuery(const HttpRequest& request);

    /// `otherwise` where it is not there.
    [[nodiscard]] bool flag(const char* name, bool otherwise);
    /// A number from 1 to `most`; `otherwise` where it is not there.
    [[nodiscard]] std::size_t count(const char* name, std::size_t otherwise, std::size_t most);

    /// The first fault that was met.
    [[nodiscard]] const std::optional<FieldFault>& fault() const noexcept { return fault_; }

private:
    std::optional<FormFields> fields_;
    std::optional<FieldFault> fault_;
};

/// The members of a body; what is missing or wrong is answered with 422.
class RouteBody {
public:
    /// An empty body is an empty object.
    explicit RouteBody(const HttpRequest& request);

    /// None when it is not there or null.
    [[nodiscard]] std::optional<std::string> text(const char* name);
    [[nodiscard]] std::optional<bool> flag(const char* name);
    [[nodiscard]] std::string needed_text(const char* name);
    /// Empty when it is not there or null.
    [[nodiscard]] std::vector<std::string> texts(const char* name);

    /// The first fault that was met.
    [[nodiscard]] const std::optional<FieldFault>& fault() const noexcept { return fault_; }

private:
    void note(FieldFault fault);

    RouteJson object_ = RouteJson::object();
    std::optional<FieldFault> fault_;
};

/// Nothing when the path is none of theirs.
[[nodiscard]] std::optional<HttpResponse> account_route(const RouteParts& parts,
                                                        const RouteCall& call);
/// The routes below `/proxy` about projects; the path is what stands behind that.
[[nodiscard]] std::optional<HttpResponse> project_route(const RouteParts& parts,
                                                        const RouteCall& call);
/// The routes of one project, in both spellings.
[[nodiscard]] std::optional<HttpResponse> one_project_route(const RouteParts& parts,
                                                            const RouteCall& call);

/// What several routes of projects answer with.
[[nodiscard]] RouteJson project_item(Space& space, const Project& project);
[[nodiscard]] HttpResponse remove_project_response(const RouteCall& call, const Project& project);
[[nodiscard]] HttpResponse default_project_response(const RouteCall& call, const Project& project);
/// One page of a search in a project, as the schema SearchResponse.
[[nodiscard]] HttpResponse search_response(const RouteCall& call, const Project& project);
[[nodiscard]] HttpResponse change_project_response(const RouteCall& call, const Project& project);

}  // namespace bm
