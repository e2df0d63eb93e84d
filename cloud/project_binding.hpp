#pragma once

#include <string>
#include <string_view>

namespace bm {

/// Keeps a client to one project of a host, which knows nothing of that: what it says goes there
/// with that project in place of any other, and what could reach another one is answered here.
class ProjectBinding {
public:
    /// By its name on the host.
    explicit ProjectBinding(std::string project) : project_(std::move(project)) {}

    struct Bound {
        std::string text;    ///< for the host; empty: it is answered here
        std::string answer;  ///< JSON: the answer without its id
    };
    /// One message of the client, which goes on as it was understood here.
    [[nodiscard]] Bound bound(std::string_view text) const;

    [[nodiscard]] const std::string& project() const noexcept { return project_; }

private:
    std::string project_;
};

}  // namespace bm
