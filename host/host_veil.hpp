#pragma once

#include <string>
#include <vector>

#include "host/host_data.hpp"

namespace bm {

/// Takes the folders of the host's disk out of what is answered: what lies below a space's root
/// begins with a slash, what belongs to its state has its name alone. Immutable, any thread.
class HostVeil {
public:
    /// Folders that are reached through links are known by both names.
    explicit HostVeil(const SpaceFolders& folders);

    /// `text` may be a sentence or JSON.
    [[nodiscard]] std::string over(std::string text) const;

private:
    struct Place {
        std::string hidden;
        std::string below;  ///< what stands for it and the slash behind it
        std::string alone;
    };
    void add(const std::string& hidden, const std::string& below, const std::string& alone);

    std::vector<Place> places_;
};

}  // namespace bm
